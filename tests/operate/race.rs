//! Two operators at one time.

use tidings::bus::{ActionError, Runs};

use crate::letters::{STREAM, because, copies, event_id, fill, length, operator, orders};
use crate::redis_server::PrivateRedis;
use crate::sessions::{Admin, native};

const COUNT: u64 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_operators_retry_the_same_thousand_and_each_is_published_once() {
    let server = PrivateRedis::start();
    let mut admin = Admin::at(&server.url()).await;
    let places = fill(&mut admin, COUNT, "mail").await;
    let mut acting = Vec::new();
    for who in ["jo@web-1", "al@web-2"] {
        let (operator, mut places) = (operator(&native(&server.url())), places.clone());
        if who.starts_with("al") {
            // They meet in the middle, and cross.
            places.reverse();
        }
        acting.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for chunk in places.chunks(50) {
                answers
                    .extend(operator.retry(&orders(chunk, Runs::Failed), &because(who, who)).await.unwrap());
            }
            answers
        }));
    }
    let mut done = [0, 0];
    for (at, acting) in acting.into_iter().enumerate() {
        for answer in acting.await.unwrap() {
            match answer {
                Ok(retried) => {
                    assert!(!retried.repeated);
                    done[at] += 1;
                }
                Err(error) => assert_eq!(error, ActionError::Gone),
            }
        }
    }
    println!("{} and {} of {COUNT}", done[0], done[1]);
    assert_eq!(done.iter().sum::<u64>(), COUNT, "each is told to one of them");
    assert_eq!(length(&mut admin, &format!("{STREAM}:dead-letter")).await, 0);
    let copies = copies(&mut admin, &format!("{STREAM}:retry:mail")).await;
    assert_eq!(copies.len() as u64, COUNT, "none is lost");
    assert!((0..COUNT).all(|n| copies[&event_id(n)] == 1), "none is doubled");
    assert_eq!(length(&mut admin, &format!("{STREAM}:retried")).await, COUNT);
}
