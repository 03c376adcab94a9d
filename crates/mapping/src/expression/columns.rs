//! Which columns of a log an expression reads, told from its text.
//!
//! A log's reader hands over these cells and no others, so each must be named outright: `row.city`,
//! `row["Detainer Type"]`, `has(row.city)` or `"Detainer Type" in row`.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

/// The columns, in the order in which they are named; or what to write instead.
pub(super) fn read_by(expression: &IdedExpr) -> Result<Vec<String>, String> {
    let mut columns = Vec::new();
    visit(expression, &mut columns)?;
    Ok(columns)
}

fn visit(expression: &IdedExpr, columns: &mut Vec<String>) -> Result<(), String> {
    match &expression.expr {
        Expr::Ident(name) if name == "row" => Err("a column is named outright: row.city, \
             row[\"Detainer Type\"], has(row.city) or \"Detainer Type\" in row"
            .to_owned()),
        Expr::Select(select) if is_row(&select.operand) => {
            note(&select.field, columns);
            Ok(())
        }
        Expr::Select(select) => visit(&select.operand, columns),
        Expr::Call(call) => match column_of(call) {
            Some(column) => {
                note(column, columns);
                Ok(())
            }
            None => {
                let target = call.target.iter().map(|target| &**target);
                target.chain(&call.args).try_for_each(|part| visit(part, columns))
            }
        },
        Expr::Comprehension(of) => {
            [&of.iter_range, &of.accu_init, &of.loop_cond, &of.loop_step, &of.result]
                .into_iter()
                .try_for_each(|part| visit(part, columns))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|part| visit(part, columns)),
        Expr::Map(_) | Expr::Struct(_) => {
            Err("write an expression without a map: nothing here takes one".to_owned())
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
    }
}

/// The column of `row["…"]` or `"…" in row`.
fn column_of(call: &CallExpr) -> Option<&str> {
    let [first, second] = call.args.as_slice() else { return None };
    let (row, name) = match call.func_name.as_str() {
        operators::INDEX => (first, second),
        operators::IN => (second, first),
        _ => return None,
    };
    match &name.expr {
        Expr::Literal(LiteralValue::String(name)) if is_row(row) => Some(name.inner()),
        _ => None,
    }
}

fn is_row(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Ident(name) if name == "row")
}

fn note(column: &str, columns: &mut Vec<String>) {
    if !columns.iter().any(|known| known == column) {
        columns.push(column.to_owned());
    }
}
