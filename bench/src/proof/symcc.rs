//! Cedar's own analysis: `cedar-policy-symcc` writes the question for an SMT solver, cvc5 answers it.
//!
//! The solver is the Python package `cvc5`, put into a folder of its own below `target/`, behind a
//! script that makes the library answer as the program does.

use std::{
    future::Future,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use cedar_policy::{PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::{
    CedarSymCompiler, CompiledPolicySet,
    solver::{Decision, DecisionWithModel, LocalSolver, Solver, SolverError},
};
use tokio::{io::AsyncWrite, runtime::Runtime};

use crate::process;

const VERSION: &str = "1.4.2";

/// What is asked of one or two policy sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    AlwaysDenies,
    Implies,
    Equivalent,
    Disjoint,
}

impl Question {
    pub(super) const ALL: [Self; 4] =
        [Self::AlwaysDenies, Self::Implies, Self::Equivalent, Self::Disjoint];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AlwaysDenies => "always denies",
            Self::Implies => "implies",
            Self::Equivalent => "equivalent",
            Self::Disjoint => "disjoint",
        }
    }
}

/// The compiler with its solver running.
pub(super) struct Peer {
    runtime: Runtime,
    schema: Schema,
    compiler: CedarSymCompiler<Timed>,
}

/// What came of a question, and what it took.
pub(super) struct Answered {
    pub(super) holds: bool,
    pub(super) compiling: Duration,
    pub(super) solving: Duration,
    pub(super) whole: Duration,
}

impl Peer {
    pub(super) fn start(schema: &str) -> Result<Self> {
        let python = install()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shim = process::project().join("bench/cvc5_shim.py");
        let inner = runtime.block_on(async {
            LocalSolver::from_command(
                tokio::process::Command::new(python).arg(shim).kill_on_drop(true),
            )
        })?;
        let compiler = CedarSymCompiler::new(Timed { inner, spent: Duration::ZERO })?;
        let (schema, _) = Schema::from_cedarschema_str(schema)?;
        Ok(Self { runtime, schema, compiler })
    }

    /// Where a request for this act stands in the schema.
    pub(super) fn environment(&self, action: &str) -> Result<RequestEnv> {
        let mut environments = self.schema.request_envs();
        environments.find(|one| one.action().id().unescaped() == action).context("an unknown act")
    }

    /// Puts the question: compiles the policies, writes the assertions, waits for the solver.
    pub(super) fn ask(
        &mut self,
        question: Question,
        environment: &RequestEnv,
        a: &PolicySet,
        b: &PolicySet,
    ) -> Result<Answered> {
        let start = Instant::now();
        self.compiler.solver_mut().spent = Duration::ZERO;
        let a = CompiledPolicySet::compile(a, environment, &self.schema)?;
        let compiler = &mut self.compiler;
        let (compiling, holds) = if question == Question::AlwaysDenies {
            (start.elapsed(), self.runtime.block_on(compiler.check_always_denies_opt(&a))?)
        } else {
            let b = CompiledPolicySet::compile(b, environment, &self.schema)?;
            let compiling = start.elapsed();
            let holds = self.runtime.block_on(async {
                match question {
                    Question::Implies => compiler.check_implies_opt(&a, &b).await,
                    Question::Equivalent => compiler.check_equivalent_opt(&a, &b).await,
                    _ => compiler.check_disjoint_opt(&a, &b).await,
                }
            })?;
            (compiling, holds)
        };
        let solving = compiler.solver().spent;
        Ok(Answered { holds, compiling, solving, whole: start.elapsed() })
    }

    /// What an empty question takes: pipes, Python, and nothing to solve.
    pub(super) fn round_trip(&mut self) -> Result<Duration> {
        let start = Instant::now();
        let solver = &mut self.compiler.solver_mut().inner;
        self.runtime.block_on(solver.check_sat())?;
        Ok(start.elapsed())
    }
}

/// The Python of a virtual environment that has cvc5.
fn install() -> Result<PathBuf> {
    let folder = process::project().join("bench/target/solver/venv");
    let python = folder.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    let found = Command::new(&python).args(["-c", "import cvc5"]).output()?;
    if !found.status.success() {
        let package = format!("cvc5=={VERSION}");
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", &package]))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().context("cannot start Python")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// A solver, and how long it was waited for.
struct Timed {
    inner: LocalSolver,
    spent: Duration,
}

impl Solver for Timed {
    fn smtlib_input(&mut self) -> &mut (dyn AsyncWrite + Unpin + Send) {
        self.inner.smtlib_input()
    }

    fn enable_models(&mut self) -> impl Future<Output = Result<(), SolverError>> + Send {
        self.inner.enable_models()
    }

    async fn check_sat(&mut self) -> Result<Decision, SolverError> {
        let start = Instant::now();
        let decision = self.inner.check_sat().await;
        self.spent += start.elapsed();
        decision
    }

    async fn check_sat_with_model(&mut self) -> Result<DecisionWithModel, SolverError> {
        self.inner.check_sat_with_model().await
    }
}
