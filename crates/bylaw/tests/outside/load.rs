//! Several clients who ask until the server is gone, and keep what they were answered.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::{Value, json};

use super::{
    Random,
    client::{Client, Response, question},
};

/// An answer as a client received it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The record's number, which is its leaf's.
    pub(crate) number: u64,
    /// What the client called its question: the id of the principal, which no other question has.
    pub(crate) asked: String,
    pub(crate) decision: bool,
}

/// What all clients of a load received.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) answers: Vec<Answer>,
    /// Number and text.
    pub(crate) receipts: Vec<(u64, String)>,
    /// Answers that are none: status and body.
    pub(crate) refusals: Vec<(u16, String)>,
}

/// Asks from that many clients until `enough` or until the connection breaks. `name` marks the
/// questions of this load.
pub(crate) fn ask(
    address: SocketAddr,
    token: &str,
    name: &str,
    clients: u64,
    seed: u64,
    enough: &AtomicBool,
) -> Received {
    let received = Mutex::new(Received::default());
    std::thread::scope(|scope| {
        for client in 0..clients {
            let received = &received;
            scope.spawn(move || {
                let mut asker = Asker {
                    random: Random(seed.wrapping_mul(client * 2 + 1) | 1),
                    name: format!("{name}-{client}"),
                    received,
                };
                // Ends with an error when the server is killed: that is what it is for.
                _ = asker.run(address, token, enough);
            });
        }
    });
    received.into_inner().expect("no client panicked")
}

struct Asker<'a> {
    random: Random,
    name: String,
    received: &'a Mutex<Received>,
}

impl Asker<'_> {
    fn run(
        &mut self,
        address: SocketAddr,
        token: &str,
        enough: &AtomicBool,
    ) -> std::io::Result<()> {
        let mut client = Client::new(address, token)?;
        for turn in 0_u64.. {
            if enough.load(Ordering::Relaxed) {
                break;
            }
            let number = match self.random.below(8) {
                0 => self.batch(&mut client, turn)?,
                _ => self.single(&mut client, turn)?,
            };
            if let Some(number) = number.filter(|_| self.random.below(4) == 0) {
                self.receipt(&mut client, number)?;
            }
        }
        Ok(())
    }

    fn single(&mut self, client: &mut Client, turn: u64) -> std::io::Result<Option<u64>> {
        let asked = format!("{}-{turn}", self.name);
        let response = client.post("/access/v1/evaluation", &self.question(&asked))?;
        Ok(self.answered(&response, |answer| vec![(asked, answer.clone())]))
    }

    fn batch(&mut self, client: &mut Client, turn: u64) -> std::io::Result<Option<u64>> {
        let asked: Vec<String> = (0..=self.random.below(20))
            .map(|place| format!("{}-{turn}-{place}", self.name))
            .collect();
        let questions: Vec<Value> = asked.iter().map(|asked| self.question(asked)).collect();
        let body = json!({ "evaluations": questions });
        let response = client.post("/access/v1/evaluations", &body)?;
        Ok(self.answered(&response, |answer| {
            let answers = answer["evaluations"].as_array().expect("answers of a batch");
            assert_eq!(answers.len(), asked.len(), "an answer for each question");
            asked.into_iter().zip(answers.clone()).collect()
        }))
    }

    /// Keeps what was answered; the number of the last record.
    fn answered(
        &self,
        response: &Response,
        answers: impl FnOnce(&Value) -> Vec<(String, Value)>,
    ) -> Option<u64> {
        let mut received = self.received.lock().expect("no client panicked");
        if response.status != 200 {
            received.refusals.push((response.status, response.text()));
            return None;
        }
        for (asked, answer) in answers(&response.json()) {
            let number = answer["context"]["record"].as_u64();
            let number = number.unwrap_or_else(|| panic!("an answer without a record: {answer}"));
            let decision = answer["decision"].as_bool().expect("a decision");
            received.answers.push(Answer { number, asked, decision });
        }
        received.answers.last().map(|answer| answer.number)
    }

    fn receipt(&self, client: &mut Client, number: u64) -> std::io::Result<()> {
        let response = client.get(&format!("/receipts/{number}"))?;
        let mut received = self.received.lock().expect("no client panicked");
        match response.status {
            200 => received.receipts.push((number, response.text())),
            status => received.refusals.push((status, response.text())),
        }
        Ok(())
    }

    /// Any of the small law's questions, whether it decides them or needs more.
    fn question(&mut self, asked: &str) -> Value {
        let paper = ["none", "letter", "court_order", "unknown"];
        let actor = ["library_staff", "police"];
        let mut pick = |bound| usize::try_from(self.random.below(bound)).expect("a small number");
        let mut properties = json!({
            "actor_kind": actor.get(pick(2)),
            "paper": paper.get(pick(4)),
            "signed": pick(2) == 0,
            "hours": pick(49),
            "emergency": pick(20) == 0,
        });
        if pick(5) == 0 {
            properties = json!({ "actor_kind": "police" });
        }
        question(&properties, asked, "front-door")
    }
}
