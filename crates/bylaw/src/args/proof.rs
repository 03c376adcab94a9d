//! Arguments of the verbs that look at a law as a whole: `law prove`, `law compare`, `law coverage`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use jiff::civil::Date;

use super::day;

pub(crate) const PROVE_EXAMPLES: &str = r#"A claim says what a law is meant to do, in a file `*.claims.md` (docs/claims.md):
  @id("TOWN-doors") @never("may, must")
  permit (principal, action == Action::"grant_nonpublic_access", resource)
  when { context.purpose == Purpose::"civil_immigration_enforcement" &&
         context.legal_process == LegalProcess::"i200" };

Examples:
  bylaw law prove                                 all claims of all jurisdictions
  bylaw law prove us/ca/los-angeles               those about one law
  bylaw law prove LA-CLAIM-doors --json           one claim
  bylaw law prove --draft my-packs                of a draft, before it is law
  bylaw law prove mine.claims.md --counterexamples found
  bylaw decide found/TOWN-doors.json              the case that breaks it, decided
  bylaw law prove --certificate all.json          evidence for others
  bylaw law check-certificate all.json

Exit codes: 0 every claim holds, but for recorded findings; 1 a claim fails, or a
recorded finding holds after all, or the claims cannot be read."#;

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Files of claims, jurisdictions or claims by name [default: all claims among the packs]
    #[arg(value_name = "FILE|JURISDICTION|CLAIM", value_hint = ValueHint::FilePath)]
    pub(crate) what: Vec<String>,
    /// Proves it of a draft of the law: a folder of packs; files that it leaves out are taken from
    /// the law as it is
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) draft: Option<PathBuf>,
    /// Writes each case that breaks a claim as requests that `bylaw decide` reads
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) counterexamples: Option<PathBuf>,
    /// Writes evidence of the claims that hold, for `bylaw law check-certificate`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) certificate: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) const CHECK_CERTIFICATE_EXAMPLES: &str = r#"A certificate names every text that it speaks of by its hash, and carries for each
claim a case split. The checker reads those texts by itself, walks every path of
every split, and sees at each end that the claim holds there. What it cannot see
it refuses; that does not mean that the claim is false.

Examples:
  bylaw law prove --certificate all.json
  bylaw law check-certificate all.json                against the packs in the program
  bylaw law check-certificate all.json --packs packs  against a folder
  bylaw law check-certificate mine.json mine.claims.md

Exit codes: 0 every claim that it lists holds, 1 it does not show that."#;

#[derive(Debug, Args)]
pub(crate) struct CheckCertificate {
    /// The certificate
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) certificate: PathBuf,
    /// Files of claims that are not among the packs, named as they were when they were proved
    #[arg(value_name = "CLAIMS", value_hint = ValueHint::FilePath)]
    pub(crate) claims: Vec<String>,
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) const COMPARE_EXAMPLES: &str = r#"Every kind of case in which two laws answer differently: complete, disjoint,
counted. What is impossible is left out, and so are actors that only one of two
laws binds; of a draft, whoever it or the law binds is compared.

Examples:
  bylaw law compare us/ca/los-angeles us/ny/new-york-city
  bylaw law compare us/ca us/tx --action detain_on_hold
  bylaw law compare us/ca@2017-12-31 us/ca@2018-01-01     one law on two days
  bylaw law compare us/ca us/ca/los-angeles --only stricter --actor city_police
  bylaw law compare us/ca/los-angeles --draft my-packs    what a draft would change
  bylaw law compare --draft my-packs                      wherever it changes anything
A draft is a folder of packs; files that it leaves out are taken from the law as
it is.

Exit codes: 0 compared, whatever the result; 1 a law cannot be read or compared."#;

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The first law: a jurisdiction's path, with a day where wanted: us/ca@2017-12-31
    #[arg(value_name = "A", required_unless_present = "draft")]
    pub(crate) a: Option<String>,
    /// The second law
    #[arg(value_name = "B", required_unless_present = "draft", conflicts_with = "draft")]
    pub(crate) b: Option<String>,
    /// Compares the law with a draft of it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) draft: Option<PathBuf>,
    /// The day of a law that names none [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Only this act
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Only this kind of actor
    #[arg(long, value_name = "ACTOR_KIND")]
    pub(crate) actor: Option<String>,
    /// Only where the second law is stricter, or looser, than the first
    #[arg(long, value_enum, value_name = "WHICH")]
    pub(crate) only: Option<Only>,
    /// How many kinds of cases to show of each act; JSON and HTML have all
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) most: usize,
    /// Prints JSON
    #[arg(long, conflicts_with = "html")]
    pub(crate) json: bool,
    /// Prints a page for a browser
    #[arg(long)]
    pub(crate) html: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// It forbids what the first does not, or sends to counsel what the first leaves open
    Stricter,
    /// The other way round
    Looser,
}

pub(crate) const COVERAGE_EXAMPLES: &str = r#"Whether a law is a law or a label: for each kind of staff and each act, how much
of what may happen it forbids, commands, permits, sends to counsel, or passes
over in silence; where two layers bind both ways; rules that never decide.

Examples:
  bylaw law coverage                              all jurisdictions side by side
  bylaw law coverage us/ca/los-angeles            one, by kind of staff
  bylaw law coverage --when 'context.legal_process == LegalProcess::"i200"'
  bylaw law coverage --html > coverage.html"#;

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// The jurisdiction [default: all, side by side]
    #[arg(value_name = "JURISDICTION")]
    pub(crate) jurisdiction: Option<String>,
    /// Only cases in which this Cedar condition holds [default: an immigration agency asks for civil
    /// enforcement and holds no paper of a court; `true` for all]
    #[arg(long, value_name = "CONDITION")]
    pub(crate) when: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Prints JSON
    #[arg(long, conflicts_with = "html")]
    pub(crate) json: bool,
    /// Prints a page for a browser
    #[arg(long)]
    pub(crate) html: bool,
}
