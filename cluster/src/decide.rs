//! `bylaw_decide`: the decision about one row of a log, as a function in SQL.

use std::sync::Arc;

use bylaw_audit::log::{Cell, Field, Row};
use datafusion::{
    arrow::{
        array::{Array as _, ArrayRef, AsArray as _, StringArray, UInt32Array},
        datatypes::{DataType, UInt32Type},
    },
    common::{Result, ScalarValue, exec_datafusion_err, exec_err},
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

use crate::{
    deciding,
    findings::{self, Findings},
};

/// Its name in SQL.
pub(crate) const NAME: &str = "bylaw_decide";

/// The cells of a row that a decision hangs on: the last arguments of the function, in this order. A cell
/// is NULL where its file has no such column.
pub(crate) const FIELDS: [Field; 9] = [
    Field::Owner,
    Field::Organization,
    Field::State,
    Field::At,
    Field::Reason,
    Field::Offense,
    Field::Case,
    Field::Prompt,
    Field::Count,
];

/// The function, to be registered with client, scheduler and executors alike. Before the cells it takes
/// what is asked, as JSON; the format of the row's file; and bit by bit over [`FIELDS`] whether a mark
/// stands in place of what was recorded, or NULL where the row could not be read.
pub(crate) fn function() -> ScalarUDF {
    let mut arguments = vec![DataType::Utf8, DataType::Utf8, DataType::UInt32];
    arguments.extend(FIELDS.map(|_| DataType::Utf8));
    ScalarUDF::from(Decide { signature: Signature::exact(arguments, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Decide {
    signature: Signature,
}

impl ScalarUDFImpl for Decide {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(findings::fields()))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        log::debug!("decides {} rows", arguments.number_rows);
        let Some((ColumnarValue::Scalar(ScalarValue::Utf8(Some(asked))), cells)) =
            arguments.args.split_first()
        else {
            return exec_err!("what {NAME} is asked has to be one text for all rows");
        };
        let rows = Rows::new(&ColumnarValue::values_to_arrays(cells)?)?;
        let decided = deciding::with(asked, |deciding| {
            let mut findings = Findings::default();
            for number in 0..arguments.number_rows {
                match rows.row(number) {
                    Some((format, row)) => findings.add(deciding, format, &row)?,
                    None => findings.add_none(),
                }
            }
            findings.finish()
        });
        let decided = decided.flatten().map_err(|error| exec_datafusion_err!("{error:#}"))?;
        Ok(ColumnarValue::Array(Arc::new(decided)))
    }
}

/// The cells of a batch of rows.
struct Rows {
    formats: StringArray,
    withheld: UInt32Array,
    cells: Vec<StringArray>,
}

impl Rows {
    fn new(columns: &[ArrayRef]) -> Result<Self> {
        let [formats, withheld, cells @ ..] = columns else {
            return exec_err!("{NAME} has no cells");
        };
        let text = |column: &ArrayRef| column.as_string::<i32>().clone();
        Ok(Self {
            formats: text(formats),
            withheld: withheld.as_primitive::<UInt32Type>().clone(),
            cells: cells.iter().map(text).collect(),
        })
    }

    /// A row with its format; none where it could not be read.
    fn row(&self, number: usize) -> Option<(&str, Row<'_>)> {
        if self.withheld.is_null(number) || self.formats.is_null(number) {
            return None;
        }
        let withheld = self.withheld.value(number);
        let mut row = Row::at(0);
        for (bit, (field, column)) in FIELDS.into_iter().zip(&self.cells).enumerate() {
            let text = column.is_valid(number).then(|| column.value(number));
            row.set(field, cell(text, withheld >> bit & 1 == 1));
        }
        Some((self.formats.value(number), row))
    }
}

fn cell(text: Option<&str>, withheld: bool) -> Cell<'_> {
    match text {
        None => Cell::NotExported,
        Some(mark) if withheld => Cell::Withheld(mark),
        Some("") => Cell::Empty,
        Some(text) => Cell::Present(text),
    }
}
