//! Two deployments watch each other: one asks the other's service for a cosignature, over a real
//! socket.

#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect")]

#[path = "support/deployment.rs"]
mod deployment;

use std::sync::Arc;

use bylaw_gate::{
    Peer, router,
    tls::{Connections, Listener},
};
use bylaw_ledger::{
    CosignerKeys, Directory, Reader, Receipt, SignedCheckpoint, Witnesses, publish_witnessed,
    witness::{Witness, WitnessClient},
};
use deployment::{ALLOWED, Deployment, FORBIDDEN, Folder};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbor_cosigns_what_grows_and_receipts_carry_it() {
    let city = Deployment::new().await;
    let keys = CosignerKeys::generate("witness.example/county").expect("keys");
    let known = keys.verifier_keys();
    let memory = Folder::new();
    let storage = Box::new(Directory::new(memory.path()));
    let city_keys = city.service_keys().await;
    let witness = Witness::open(storage, keys, city_keys.clone()).expect("a witness");
    let county = Deployment::with_witness(witness).await;

    let listener = Listener::bind("127.0.0.1:0", None, Connections::default()).await;
    let listener = listener.expect("a free port");
    let url = format!("http://{}/witness", listener.address().expect("an address"));
    let app = router(Arc::clone(&county.service)).into_make_service_with_connect_info::<Peer>();
    let server = tokio::spawn(axum::serve(listener, app).into_future());

    for body in [ALLOWED, FORBIDDEN] {
        city.evaluate(body).await;
        let checkpoint = city.get("/ledger/checkpoint").await.text;
        let ledger = city.folder.path().join("ledger");
        let (url, known) = (url.clone(), known.clone());
        tokio::task::spawn_blocking(move || {
            let storage = Directory::new(ledger);
            let mut signed = SignedCheckpoint::parse(checkpoint.as_bytes()).expect("a checkpoint");
            let size = signed.checkpoint.size;
            let client = WitnessClient::new(&url, known).expect("a client");
            let prove = |old| Reader::new(&storage).consistency(old, size);
            let signatures = client.ask(0, &signed, prove).expect("it is cosigned");
            signed.add_signatures(&signatures).expect("it takes them");
            publish_witnessed(&storage, &signed).expect("it is stored");
        })
        .await
        .expect("it is asked");
    }
    let receipt = city.get("/receipts/1").await.text;
    let receipt = Receipt::parse(receipt.as_bytes()).expect("a receipt");
    let witnesses = Witnesses { required: 1, keys: known };
    let checked = receipt.check(&city_keys, &witnesses).expect("it checks");
    assert_eq!(checked.size, 2);
    assert!(checked.witnesses.contains("witness.example/county"), "{:?}", checked.witnesses);

    let latest = tokio::task::spawn_blocking(move || {
        let client = WitnessClient::new(&url, Vec::new()).expect("a client");
        client.latest("bylaw.example/tests").expect("it answers")
    });
    let latest = latest.await.expect("it is asked").expect("it has cosigned");
    assert_eq!(latest.checkpoint.size, 2);
    server.abort();
}

#[tokio::test]
async fn nonsense_is_refused_as_the_specification_says() {
    let keys = CosignerKeys::generate("witness.example/county").expect("keys");
    let memory = Folder::new();
    let storage = Box::new(Directory::new(memory.path()));
    let county =
        Deployment::with_witness(Witness::open(storage, keys, Vec::new()).expect("a witness"))
            .await;
    let call = axum::http::Request::post("/witness/add-checkpoint");
    let reply = county.call(call.body("nonsense".into()).expect("a call")).await;
    assert_eq!(reply.status, 400);
    assert_eq!(county.get("/witness/00/checkpoint").await.status, 404);
}
