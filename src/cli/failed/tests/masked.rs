//! What is masked is in nothing that these verbs print, and nothing without it is put back or sent.

use super::*;
use crate::event::Masks;

const USER: &str = "88bec41e-a074-43d9-873d-8c8d1d83c358";

impl House {
    fn masking(self, masks: &[&str]) -> Self {
        let masks: Vec<_> = masks.iter().map(|mask| (*mask).to_owned()).collect();
        let site = Site { masks: Masks::new(&masks).unwrap(), ..self.site };
        Self { site, ..self }
    }
}

#[tokio::test]
async fn what_is_masked_is_neither_shown_nor_exported() {
    let house = House::new();
    house.letters(2).await;
    let at = house.ids("list").await.remove(0);
    let show = format!("show {at}");
    assert!(house.run(&show).await.unwrap().out.contains(USER));
    let house = house.masking(&["payload.**.userId"]);
    for command in [show.as_str(), "export --state dead", "list"] {
        let told = house.run(command).await.unwrap().out;
        assert!(!told.contains(USER) && told.contains("SMTP 451"), "{command}: {told}");
    }
    let shown = house.json(&show).await.remove(0);
    let event: Value = serde_json::from_str(shown["fields"]["event"].as_str().unwrap()).unwrap();
    assert_eq!(event["payload"]["userId"], "[redacted]");
    assert_eq!(shown["fields"]["error"], r#"["SMTP 451 greylisted\u001b[2J","no such user"]"#);
}

#[tokio::test]
async fn an_export_without_what_is_masked_cannot_be_put_back() {
    let house = House::new();
    house.letters(2).await;
    let whole = house.run("export --state dead").await.unwrap().out;
    assert!(!whole.contains("redacted"));
    let house = house.masking(&["payload.none"]);
    assert_eq!(house.run("export --state dead").await.unwrap().out, whole, "nothing of it is masked");
    let house = house.masking(&["payload.userId"]);
    let lines = house.json("export --state dead").await;
    assert!(lines.iter().all(|line| line["redacted"] == true), "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.jsonl");
    std::fs::write(&file, lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")).unwrap();
    let refused = house.run(&format!("import {} --yes", file.display())).await.unwrap_err();
    assert!(refused.what.contains("exported without what is masked"), "{}", refused.what);
    let refused = house.run("export --events --state dead").await.unwrap_err();
    assert!(refused.exit == Exit::Usage && refused.what.contains("published so again"), "{}", refused.what);
}

#[tokio::test]
async fn a_payload_with_masked_values_is_edited_with_reveal_only() {
    let house = House::new();
    house.letters(1).await;
    let at = house.ids("list").await.remove(0);
    let edit = format!("edit {at} --set n=2 --dry-run");
    let house = house.masking(&["payload.userId"]);
    let refused = house.run(&edit).await.unwrap_err();
    assert!(refused.exit == Exit::Usage && refused.what.contains("values of its payload are masked"));
    assert!(house.masking(&[]).run(&edit).await.is_ok());
}

#[test]
fn every_verb_of_failed_takes_reveal() {
    for command in
        ["failed --reveal list", "failed show dead:7-1:event::A --reveal", "failed export --reveal"]
    {
        let words = std::iter::once("tidings").chain(command.split(' '));
        let cli = Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{command}: {error}"));
        let Some(Verb::Failed(args)) = cli.verb else { panic!("{command}") };
        assert!(args.reveal.reveal, "{command}");
    }
}
