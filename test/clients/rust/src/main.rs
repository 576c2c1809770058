// A function in Rust with Lambda's own library: it does what its event asks for.
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

static COUNT: AtomicUsize = AtomicUsize::new(0);

async fn handle(request: LambdaEvent<Value>) -> Result<Value, Error> {
    let count = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    let (event, context) = request.into_parts();
    match event["do"].as_str().unwrap_or("") {
        "error" => return Err("as asked".into()),
        "panic" => panic!("as asked"),
        "exit" => std::process::exit(3),
        "sleep" => tokio::time::sleep(Duration::from_secs(30)).await,
        "pause" => tokio::time::sleep(Duration::from_millis(300)).await,
        "print" => println!("printed: {}", event["text"].as_str().unwrap_or("")),
        _ => (),
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis() as i64;
    Ok(json!({
        "text": event["text"], "count": count, "pid": std::process::id(), "id": context.request_id,
        "arn": context.invoked_function_arn, "function": context.env_config.function_name,
        "left_ms": context.deadline as i64 - now,
        "custom": context.client_context.map(|known| known.custom),
    }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("INIT").as_deref() == Ok("exit") {
        std::process::exit(5);
    }
    run(service_fn(handle)).await
}
