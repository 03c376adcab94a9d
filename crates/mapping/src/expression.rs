//! CEL expressions, compiled when the mapping is read.
//!
//! An expression sees `subject`, `action`, `resource`, `context` and `request`, or `row` where it is
//! about a log, each always an object. A member that is not there makes the fact not known, never
//! false.

mod columns;
mod hours;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

use cel::{Context, Env, ExecutionError, IdedExpr, Program, Value as Cel, common::ast::Expr};

use super::{
    Mapping,
    input::{Entity, Input},
    json::{Json, Object},
};

/// What a file is about, and so what an expression in it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sees {
    /// A call of a system that asks before it acts.
    Call,
    /// A row of a log.
    Row,
}

/// One expression.
pub(crate) struct Expression {
    program: Program,
    columns: Vec<String>,
}

/// What an expression gave.
#[derive(Debug)]
pub(crate) enum Given {
    /// It reads a member that is not there.
    Nothing,
    Value(Json<'static>),
}

/// The variables of one call, made when the first expression asks for them.
pub(crate) struct Variables<'i> {
    input: Input<'i>,
    mapping: &'i Mapping,
    sees: Sees,
    context: Option<Context<'static, 'static>>,
}

impl Expression {
    /// Compiles the text, and checks that it names nothing that is not there.
    pub(crate) fn compile(text: &str, sees: Sees) -> Result<Self, String> {
        let program = environment().compile(text).map_err(|errors| {
            errors.errors.first().map_or_else(String::new, |error| {
                format!("{} (line {}, column {})", error.msg, error.pos.0, error.pos.1)
            })
        })?;
        check_names(&program, sees)?;
        let columns = match sees {
            Sees::Call => Vec::new(),
            Sees::Row => columns::read_by(program.expression())?,
        };
        Ok(Self { program, columns })
    }

    /// The columns of a log that it reads.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Works it out.
    ///
    /// The error says what kind of mistake it is, never the values: they may be anybody's.
    pub(crate) fn give(&self, variables: &mut Variables<'_>) -> Result<Given, &'static str> {
        match self.program.execute(variables.context()) {
            Ok(value) => Ok(Given::Value(from_cel(&value))),
            Err(ExecutionError::NoSuchKey(_)) => Ok(Given::Nothing),
            Err(error) => Err(kind_of(&error)),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expression").finish_non_exhaustive()
    }
}

impl<'i> Variables<'i> {
    pub(crate) const fn new(mapping: &'i Mapping, input: Input<'i>) -> Self {
        let sees = if input.row.is_some() { Sees::Row } else { Sees::Call };
        Self { input, mapping, sees, context: None }
    }

    /// The call, or the row.
    pub(crate) const fn input(&self) -> Input<'i> {
        self.input
    }

    fn context(&mut self) -> &Context<'static, 'static> {
        let Self { input, mapping, sees, context } = self;
        context.get_or_insert_with(|| {
            with_variables(*sees, |name| match name {
                "row" => object(input.row),
                "subject" => entity(input.subject, mapping.known_subject(input)),
                "resource" => entity(input.resource, mapping.known_resource(input)),
                "action" => action(input),
                "context" => object(input.context),
                _ => object(input.request),
            })
        })
    }
}

impl Sees {
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Call => &["subject", "action", "resource", "context", "request"],
            Self::Row => &["row"],
        }
    }
}

/// Operators are functions with names such as `_+_`.
fn is_name(function: &str) -> bool {
    function.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && function.starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Whether CEL has a function of that name, called alone or on a value. The library has no list of
/// them: a call without arguments says that it has no such form, or that there is no such name.
fn is_function(name: &str, sees: Sees) -> bool {
    let context = functions(sees);
    [format!("{name}()"), format!("''.{name}()")].iter().any(|call| {
        let outcome = environment().compile(call).map(|program| program.execute(&context));
        !matches!(outcome, Ok(Err(ExecutionError::UndeclaredReference(_))))
    })
}

/// Refuses an expression that names what is not there. The library lists names in no order; the
/// first by the alphabet is told, so that a file is refused with the same words each time.
fn check_names(program: &Program, sees: Sees) -> Result<(), String> {
    let mut bound = sees.names().to_vec();
    loop_variables(program.expression(), &mut bound);
    let references = program.references();
    let variables = references.variables().into_iter();
    if let Some(name) = variables.filter(|name| !bound.contains(name)).min() {
        let sees = sees.names().join(", ");
        return Err(format!("`{name}` is not known; an expression sees {sees}"));
    }
    let functions = references.functions().into_iter();
    match functions.filter(|name| is_name(name) && !is_function(name, sees)).min() {
        Some(name) => Err(format!("there is no function `{name}`")),
        None => Ok(()),
    }
}

/// The names that loops such as `list.exists(x, …)` bind.
fn loop_variables<'e>(expression: &'e IdedExpr, bound: &mut Vec<&'e str>) {
    match &expression.expr {
        Expr::Call(call) => {
            for part in call.target.iter().map(|target| &**target).chain(&call.args) {
                loop_variables(part, bound);
            }
        }
        Expr::Comprehension(of) => {
            bound.extend([of.iter_var.as_str(), of.accu_var.as_str()]);
            bound.extend(of.iter_var2.as_deref());
            for part in [&of.iter_range, &of.accu_init, &of.loop_cond, &of.loop_step, &of.result] {
                loop_variables(part, bound);
            }
        }
        Expr::List(list) => list.elements.iter().for_each(|part| loop_variables(part, bound)),
        Expr::Select(select) => loop_variables(&select.operand, bound),
        _ => {}
    }
}

/// One environment for all: its functions are the standard ones.
fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib()))
}

/// The functions alone. A log's rows have times, so theirs count hours as well.
fn functions(sees: Sees) -> Context<'static, 'static> {
    let mut context = Context::with_env(Arc::clone(environment()));
    if sees == Sees::Row {
        // Refused only where CEL itself has a function of that name; it has none.
        let _ = context.add_function(hours::NAME, hours::between);
    }
    context
}

fn with_variables(sees: Sees, value: impl Fn(&str) -> Cel) -> Context<'static, 'static> {
    let mut context = functions(sees);
    for &name in sees.names() {
        context.add_variable_from_value(name, value(name));
    }
    context
}

fn entity(entity: Option<&Entity<'_>>, known: Option<&Object<'_>>) -> Cel {
    let mut properties: HashMap<String, Cel> = HashMap::new();
    let said = entity.map(|entity| &entity.properties);
    // What the caller says wins over what the mapping file knows.
    for (name, value) in known.into_iter().chain(said).flat_map(Object::members) {
        properties.insert(name.to_owned(), to_cel(value));
    }
    let mut members = HashMap::from([("properties".to_owned(), Cel::from(properties))]);
    if let Some(entity) = entity {
        members.insert("type".to_owned(), Cel::from(&*entity.kind));
        members.insert("id".to_owned(), Cel::from(&*entity.id));
    }
    Cel::from(members)
}

fn action(input: &Input<'_>) -> Cel {
    let properties = object(input.action.map(|action| &action.properties));
    let mut members = HashMap::from([("properties".to_owned(), properties)]);
    if let Some(action) = input.action {
        members.insert("name".to_owned(), Cel::from(&*action.name));
    }
    Cel::from(members)
}

fn object(object: Option<&Object<'_>>) -> Cel {
    let members = object.into_iter().flat_map(Object::members);
    Cel::from(
        members.map(|(name, value)| (name.to_owned(), to_cel(value))).collect::<HashMap<_, _>>(),
    )
}

fn to_cel(json: &Json<'_>) -> Cel {
    match json {
        Json::Null => Cel::Null,
        Json::Bool(value) => Cel::Bool(*value),
        Json::Int(value) => Cel::Int(*value),
        Json::Float(value) => Cel::Float(*value),
        Json::Text(text) => Cel::from(&**text),
        Json::List(items) => Cel::from(items.iter().map(to_cel).collect::<Vec<_>>()),
        Json::Object(members) => object(Some(members)),
    }
}

fn from_cel(value: &Cel) -> Json<'static> {
    match value {
        Cel::Null => Json::Null,
        Cel::Bool(value) => Json::Bool(*value),
        Cel::Int(value) => Json::Int(*value),
        Cel::UInt(value) => i64::try_from(*value).map_or(Json::Float(f64::INFINITY), Json::Int),
        Cel::Float(value) => Json::Float(*value),
        Cel::String(text) => Json::Text(text.to_string().into()),
        Cel::List(_) => Json::List(Vec::new()),
        _ => Json::Object(Object::default()),
    }
}

const fn kind_of(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::NotSupportedAsMethod { .. }
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedBinaryOperator(..) => "it meets a value of another type",
        ExecutionError::IndexOutOfBounds(_) | ExecutionError::UnsupportedIndex(..) => {
            "it reads a place that a list does not have"
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            "it divides by zero"
        }
        ExecutionError::Overflow(..) => "a number becomes too large",
        _ => "it fails on these values",
    }
}
