//! A function with Lambda's own crate for Rust.

use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0); // Of the environment: it lives as long as that.

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let id = event.payload["pathParameters"]["id"].as_str().unwrap_or_default();
    let order: u64 = id.parse().map_err(|_| {
        eprintln!("no number: {id}"); // The crate itself logs no errors.
        format!("no number: {id}")
    })?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(json!({ "order": order, "count": count }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}
