//! Every mistake and its explanation.

use super::*;

const MISTAKES: [&str; 51] = [
    "tpye:TICKET_*",
    "type:A colour:red",
    "http://example.com/x",
    "status=on_hold",
    "eventType:A",
    "handler>mail",
    "attempt>many",
    "is:inwalid",
    "is:x",
    "is=invalid",
    "type:",
    "type: A",
    "type:A,",
    "type>3",
    "type.x:A",
    "type=TICKET_*",
    "tenant:\"acme",
    "id:xyz",
    "id=57f7",
    "age<5",
    "age:5m",
    "age<5m,6m",
    "payload=1",
    "payload.amount>lots",
    "payload.amount>1,000",
    "payload.amount",
    "payload.a..b=1",
    "payload.s=on_*",
    "(type:A or type:B",
    "type:A)",
    "type:A ()",
    "(",
    "and type:A",
    "type:A or",
    "type:A and or type:B",
    "not",
    "(a or )",
    "a - b",
    "a && b",
    "\"\"",
    "foo(bar)",
    "\"a\"b",
    "/time-?out",
    "//",
    "/a(b/",
    "/[z-a]/i",
    "/x/g",
    "/api/v1/tickets",
    r"/\w{9000}/",
    "日本 tpye:日本",
    "\ttype:A\x1b[2J (",
];

/// Every mistake, as a person sees it.
#[test]
#[expect(clippy::too_many_lines, reason = "one table, one snapshot")]
fn every_mistake_is_explained() {
    let mut shown = String::new();
    for text in MISTAKES {
        let error = Filter::parse(text).expect_err(text);
        shown.push_str(&error.caret(text));
        shown.push_str("\n\n");
    }
    insta::assert_snapshot!(shown, @r##"
    tpye:TICKET_*
    ^^^^ unknown field 'tpye'
    Did you mean 'type'?

    type:A colour:red
           ^^^^^^ unknown field 'colour'
    Fields are type, tenant, channel, stream, id, is, age, handler, error, attempt, payload, event. To find it as text, write "colour:red".

    http://example.com/x
    ^^^^ unknown field 'http'
    Fields are type, tenant, channel, stream, id, is, age, handler, error, attempt, payload, event. To find it as text, write "http://example.com/x".

    status=on_hold
    ^^^^^^ unknown field 'status'
    A field of the payload is written payload.status=on_hold.

    eventType:A
    ^^^^^^^^^ unknown field 'eventType'
    Did you mean 'type'?

    handler>mail
           ^ 'handler' takes ':', '=' or '!=', not '>'
    Write handler:ticket-*.

    attempt>many
            ^^^^ expected a number of attempts, found 'many'
    Write attempt>3, or attempt:0 for what was never tried because it is invalid.

    is:inwalid
       ^^^^^^^ 'is:' does not know 'inwalid'
    Did you mean is:invalid?

    is:x
       ^ 'is:' does not know 'x'
    Write is: with one of valid, unchecked, invalid, failed, retrying, dead, running, stuck, retried, discarded.

    is=invalid
      ^ 'is' takes ':', not '='
    Write is:invalid.

    type:
         ^ expected a value behind 'type:'
    Write the value right behind it, without a space; put a value with spaces or commas in "quotes".

    type: A
         ^ expected a value behind 'type:'
    Write the value right behind it, without a space; put a value with spaces or commas in "quotes".

    type:A,
           ^ expected a value behind 'type:A,'
    Write the value right behind it, without a space; put a value with spaces or commas in "quotes".

    type>3
        ^ 'type' takes ':', '=' or '!=', not '>'
    Write type:TICKET_*.

    type.x:A
         ^ 'type' has no parts
    Write type:TICKET_*; a field of the payload begins with 'payload.'.

    type=TICKET_*
         ^^^^^^^^ '=' and '!=' compare whole values, and this is a pattern
    Write : for a pattern; for the character * itself write "TICKET_*".

    tenant:"acme
           ^^^^^ this quote is not closed
    Write a second " at the end of the text; a " within it is written \".

    id:xyz
       ^^^ expected an id, found 'xyz'
    Write the beginning of an event id (id:57f7e9a7) or an entry id (id:1795459752545-1).

    id=57f7
      ^ 'id' takes ':', not '='
    Write id:57f7e9a7.

    age<5
        ^ expected a duration, found '5'
    Write a number and a unit: 500ms, 30s, 10m, 2h, 7d, 1h30m.

    age:5m
       ^ 'age' takes '<', '<=', '>' or '>=', not ':'
    Write age<5m.

    age<5m,6m
          ^^^ expected one value, without commas
    Write age<5m.

    payload=1
    ^^^^^^^ expected a key behind 'payload'
    Write payload, a dot and a key, such as payload.changes.status=on_hold.

    payload.amount>lots
                   ^^^^ expected a number, found 'lots'
    Write a number, such as payload.amount>1000. To compare text use = or :.

    payload.amount>1,000
                    ^^^^ expected one value, without commas
    Write payload.amount>1000, without commas in the number.

    payload.amount
                  ^ expected a comparison here
    Write payload.amount=on_hold, payload.amount>1000, or payload.amount=* for 'it is there'.

    payload.a..b=1
              ^ expected a key between the dots
    Write keys with one dot between them: payload.changes.status=on_hold.

    payload.s=on_*
              ^^^^ '=' and '!=' compare whole values, and this is a pattern
    Write : for a pattern; for the character * itself write "on_*".

    (type:A or type:B
    ^ this bracket is not closed
    Write a ) where it ends; to find the character itself, put it in "quotes".

    type:A)
          ^ this bracket closes nothing
    Take it out, or write the ( that it belongs to; to find the character itself, put it in "quotes".

    type:A ()
           ^^ there is nothing between the brackets
    Write a term between them, such as (type:TICKET_* or is:invalid), or take them out.

    (
    ^ this bracket is not closed
    Write a term and a ) behind it; to find the character itself, put it in "quotes".

    and type:A
    ^^^ 'and' needs a term before it
    Write a term before it, such as type:TICKET_*; to find the word itself, put it in "quotes".

    type:A or
           ^^ 'or' needs a term behind it
    Write a term behind it, such as type:TICKET_*; to find the word itself, put it in "quotes".

    type:A and or type:B
           ^^^ 'and' needs a term behind it
    Write a term behind it, such as type:TICKET_*; to find the word itself, put it in "quotes".

    not
    ^^^ 'not' needs a term behind it
    Write a term behind it, such as type:TICKET_*; to find the word itself, put it in "quotes".

    (a or )
       ^^ 'or' needs a term behind it
    Write a term behind it, such as type:TICKET_*; to find the word itself, put it in "quotes".

    a - b
      ^ '-' needs a term right behind it
    Write -type:TICKET_* or not (a or b); to find the character itself, put it in "quotes".

    a && b
      ^^ '&&' is not a word of this language
    Write and; to find the character itself, put it in "quotes".

    ""
    ^^ there is no text between the quotes
    Write the text to find, such as "no such user".

    foo(bar)
       ^ expected a space before '('
    Write a space before it; if all of it is text to find, write "foo(bar)".

    "a"b
       ^ expected a space before 'b'
    Write a space before it; a " within quotes is written \".

    /time-?out
    ^^^^^^^^^^ this regular expression is not closed
    Write a second / at its end; to find text that begins with /, put it in "quotes".

    //
    ^^ this regular expression is empty
    To find it as text, write "//".

    /a(b/
      ^ in this regular expression: unclosed group
    Write \ before a character that is meant as itself; docs.rs/regex has the syntax.

    /[z-a]/i
      ^^^ in this regular expression: invalid character class range, the start must be <= the end
    Write \ before a character that is meant as itself; docs.rs/regex has the syntax.

    /x/g
       ^ expected nothing or 'i' behind a regular expression, found 'g'
    Write /x/i to put letter case aside. To find it as text, write "/x/g".

    /api/v1/tickets
         ^^^^^^^^^^ expected nothing or 'i' behind a regular expression, found 'v1/tickets'
    Write /api/i to put letter case aside. To find it as text, write "/api/v1/tickets".

    /\w{9000}/
     ^^^^^^^^ this regular expression takes too much memory
    Write smaller repetitions: \w{1,20} instead of \w{1,2000}.

    日本 tpye:日本
         ^^^^ unknown field 'tpye'
    Did you mean 'type'?

    \ttype:A\x1b[2J (
                    ^ this bracket is not closed
    Write a term and a ) behind it; to find the character itself, put it in "quotes".
    "##);
}
