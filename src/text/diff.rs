//! Two texts compared line by line.

/// A line of one text, of the other, or of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the first.
    Out(&'a str),
    /// Only in the second.
    In(&'a str),
}

/// Texts whose product of lines is larger are not compared line by line: all of the one goes, all of the other comes.
const MOST: usize = 4_000_000;

/// What leads from `before` to `after`, in the fewest lines.
pub fn diff<'a>(before: &'a str, after: &'a str) -> Vec<Change<'a>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle_a, middle_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut out: Vec<_> = a[..head].iter().map(|line| Change::Same(line)).collect();
    if middle_a.len().saturating_mul(middle_b.len()) > MOST {
        out.extend(middle_a.iter().map(|line| Change::Out(line)));
        out.extend(middle_b.iter().map(|line| Change::In(line)));
    } else {
        compare(middle_a, middle_b, &mut out);
    }
    out.extend(a[a.len() - tail..].iter().map(|line| Change::Same(line)));
    out
}

/// By the longest common subsequence.
fn compare<'a>(a: &[&'a str], b: &[&'a str], out: &mut Vec<Change<'a>>) {
    let wide = b.len() + 1;
    // How many lines the texts from (i, j) on have in common at most.
    let mut common = vec![0_u32; (a.len() + 1) * wide];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * wide + j] = if a[i] == b[j] {
                common[(i + 1) * wide + j + 1] + 1
            } else {
                common[(i + 1) * wide + j].max(common[i * wide + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push(Change::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[(i + 1) * wide + j] >= common[i * wide + j + 1] {
            out.push(Change::Out(a[i]));
            i += 1;
        } else {
            out.push(Change::In(b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sides(changes: &[Change<'_>]) -> (Vec<String>, Vec<String>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Same(line) => {
                    before.push((*line).to_owned());
                    after.push((*line).to_owned());
                }
                Change::Out(line) => before.push((*line).to_owned()),
                Change::In(line) => after.push((*line).to_owned()),
            }
        }
        (before, after)
    }

    #[test]
    fn a_changed_line_goes_and_comes() {
        assert_eq!(
            diff("{\n a\n b\n}", "{\n a\n c\n}"),
            [Change::Same("{"), Change::Same(" a"), Change::Out(" b"), Change::In(" c"), Change::Same("}")]
        );
        assert_eq!(diff("", ""), []);
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(a in "[ab\n]{0,40}", b in "[ab\n]{0,40}") {
            let (before, after) = sides(&diff(&a, &b));
            prop_assert_eq!(before, a.lines().map(str::to_owned).collect::<Vec<_>>());
            prop_assert_eq!(after, b.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
