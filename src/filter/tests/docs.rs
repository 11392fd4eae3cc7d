//! The examples of the documentation are filters.

use super::*;

/// Every line of the examples in docs/filter.md, without the explanation behind two spaces.
#[test]
fn every_example_of_the_reference_parses() {
    let mut inside = false;
    let mut seen = 0;
    for line in include_str!("../../../docs/filter.md").lines() {
        if let Some(kind) = line.strip_prefix("```") {
            inside = !inside && kind.is_empty();
        } else if inside && !line.trim().is_empty() {
            let example = line.split("   ").next().unwrap().trim();
            assert!(!filter(example).is_empty(), "{line}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} examples");
}

#[test]
fn every_example_of_the_readme_parses() {
    let readme = include_str!("../../../README.md");
    let section = readme.split("### The filter language").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    for line in block.lines().filter(|line| !line.trim().is_empty()) {
        assert!(!filter(line.split("   ").next().unwrap().trim()).is_empty(), "{line}");
    }
}
