//! Writing the journal, and keeping plans.

use chrono::Utc;
use redis::{Pipeline, RedisResult, Value};

use super::{RedisOperator, records};
use crate::broker::redis::commands::CallError;
use crate::broker::redis::error::classify;
use crate::broker::redis::insist::Insistence;
use crate::bus::{Because, BusError, Deed, KeptPlan};

/// About how many bytes of a kept plan go into one pipeline, in elements of the list.
const ELEMENTS: usize = 20;

/// See [`crate::bus::Operator::record`].
pub(super) async fn record(
    operator: &RedisOperator,
    deed: Deed,
    because: &Because,
    count: u64,
    note: Option<&str>,
) -> Result<(), BusError> {
    let mut pipeline = Pipeline::new();
    let add = pipeline.cmd("XADD").arg(operator.layout.journal());
    add.arg("MAXLEN").arg("~").arg(records::JOURNAL).arg("*");
    for (name, value) in records::journal(deed, because, count, note, Utc::now()) {
        add.arg(name).arg(value);
    }
    let what = format!("writing the journal at {}", operator.commands.target());
    let answers = operator.commands.pipeline(&mut pipeline).await.map_err(|error| error.into_bus(&what))?;
    all_right(answers, &what)?;
    operator.commands.writes().taken();
    Ok(())
}

/// See [`crate::bus::Operator::keep`].
pub(super) async fn keep(operator: &RedisOperator, plan: &KeptPlan) -> Result<(), BusError> {
    let what = format!("keeping the plan at {}", operator.commands.target());
    // Begun anew after a lost answer: what was written before is removed first.
    let mut insistence = Insistence::new(&operator.commands, true);
    loop {
        if let Some(kept) = insistence.hold(write(operator, plan, &what)).await {
            return kept.map_err(|unanswered| unanswered.why)?;
        }
    }
}

/// Writes the plan; its head last, so that what is there without it is known not to be whole.
async fn write(
    operator: &RedisOperator,
    plan: &KeptPlan,
    what: &str,
) -> Result<Result<(), BusError>, CallError> {
    let key = operator.layout.kept_plan(&plan.id);
    let mut pipeline = Pipeline::new();
    pipeline.cmd("DEL").arg(&key);
    for (at, chunk) in records::chunks(plan).enumerate() {
        pipeline.cmd("RPUSH").arg(&key).arg(chunk);
        if at == 0 {
            // What is never finished goes as well.
            pipeline.cmd("EXPIRE").arg(&key).arg(records::PLAN_SECONDS);
        }
        if pipeline.len() >= ELEMENTS {
            if let Err(error) = all_right(operator.commands.pipeline(&mut pipeline).await?, what) {
                return Ok(Err(error));
            }
            pipeline.clear();
        }
    }
    if !pipeline.is_empty() {
        if let Err(error) = all_right(operator.commands.pipeline(&mut pipeline).await?, what) {
            return Ok(Err(error));
        }
        pipeline.clear();
    }
    pipeline.cmd("LPUSH").arg(&key).arg(records::head(plan));
    pipeline.cmd("EXPIRE").arg(&key).arg(records::PLAN_SECONDS);
    Ok(all_right(operator.commands.pipeline(&mut pipeline).await?, what))
}

fn all_right(answers: Vec<RedisResult<Value>>, what: &str) -> Result<(), BusError> {
    answers.into_iter().try_for_each(|answer| answer.map(|_| ()).map_err(|error| classify(&error, what)))
}
