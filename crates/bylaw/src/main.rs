//! The `bylaw` binary: arguments, files and terminals around the law.

mod args;
mod ask;
mod audit;
mod batch;
mod decide;
mod files;
mod law;
mod ledger;
mod output;
mod packs;
mod records;
mod runtime;
mod serve;
mod show;
mod style;
mod token;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use miette::{IntoDiagnostic, Result, WrapErr};

use args::{Arguments, Command, LawCommand};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    style::install();
    match run(arguments) {
        Ok(code) => code,
        Err(report) if output::reader_left(&report) => ExitCode::SUCCESS,
        Err(report) => {
            output::note(format_args!("{report:?}"));
            let bad_request = report.downcast_ref::<bylaw_law::QuestionError>().is_some();
            ExitCode::from(if bad_request { 2 } else { 1 })
        }
    }
}

fn run(Arguments { packs, command }: Arguments) -> Result<ExitCode> {
    let packs = packs.as_deref();
    match command {
        Command::Decide(options) => match &options.batch {
            Some(input) => batch::run(packs, input, &options),
            None => decide::run(packs, &options),
        },
        Command::Ask(options) => ask::run(packs, &options),
        Command::Law { command: LawCommand::Check(options) } => law::check::run(packs, &options),
        Command::Law { command: LawCommand::Show(options) } => law::show::run(packs, &options),
        Command::Law { command: LawCommand::Sources(options) } => {
            law::sources::run(packs, &options)
        }
        Command::Law { command: LawCommand::Summary(options) } => {
            law::summary::run(packs, &options)
        }
        Command::Law { command: LawCommand::Prove(options) } => law::prove::run(packs, &options),
        Command::Law { command: LawCommand::CheckCertificate(options) } => {
            law::check_certificate::run(packs, &options)
        }
        Command::Law { command: LawCommand::Compare(options) } => {
            law::compare::run(packs, &options)
        }
        Command::Law { command: LawCommand::Coverage(options) } => {
            law::coverage::run(packs, &options)
        }
        Command::Law { command: LawCommand::Fmt(options) } => law::fmt::run(packs, &options),
        Command::Audit { command } => audit::run(packs, &command),
        Command::Serve(options) => serve::run(packs, &options),
        Command::Token { command } => token::run(packs, &command),
        Command::Ledger { command } => ledger::run(&command),
        Command::Records { command } => records::run(&command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "bylaw", &mut script);
            output::print(String::from_utf8_lossy(&script))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { folder } => {
            match folder {
                Some(folder) => clap_mangen::generate_to(Arguments::command(), &folder)
                    .into_diagnostic()
                    .wrap_err_with(|| {
                        format!("cannot write manual pages into {}", folder.display())
                    })?,
                None => {
                    let mut page = Vec::new();
                    clap_mangen::Man::new(Arguments::command())
                        .render(&mut page)
                        .into_diagnostic()?;
                    output::print(String::from_utf8_lossy(&page))?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}
