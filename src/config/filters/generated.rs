//! Templates that nobody wrote: what is written out is read as the same, no text breaks a filter, places never go back.

use proptest::collection::vec;
use proptest::prelude::*;

use super::outside::Outside;
use super::tests::{mapped, run};
use super::tree::{Branch, Command, Kind, Operand, Piece, Pipeline, Spot, Term, print};
use super::{Variables, expand_env, functions, parser};

fn spot() -> Spot {
    Spot(0)
}

fn operand(term: Term) -> Operand {
    Operand { at: spot(), term, fields: Vec::new() }
}

fn term() -> impl Strategy<Value = Term> {
    prop_oneof![
        any::<String>().prop_map(Term::Text),
        any::<i64>().prop_map(Term::Integer),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Term::Float),
        any::<bool>().prop_map(Term::Flag),
        Just(Term::Dot),
        Just(Term::Variable("$".to_owned())),
    ]
}

fn function() -> impl Strategy<Value = Term> {
    proptest::sample::select(functions::names().collect::<Vec<_>>())
        .prop_map(|name| Term::Function(name.to_owned()))
}

fn pipeline() -> impl Strategy<Value = Pipeline> {
    let leaf = term().prop_map(operand);
    let plain = |operands: BoxedStrategy<Operand>| {
        (operands.clone(), vec((function(), vec(operands, 0..3)), 0..3)).prop_map(|(first, calls)| {
            let mut commands = vec![Command { first, arguments: Vec::new() }];
            commands.extend(
                calls.into_iter().map(|(name, arguments)| Command { first: operand(name), arguments }),
            );
            Pipeline { at: spot(), variables: Vec::new(), assigns: false, commands }
        })
    };
    let nested = leaf.boxed().prop_recursive(3, 12, 3, move |inner| {
        (plain(inner), vec("[a-z_][a-z0-9_]{0,4}", 0..2)).prop_map(|(pipeline, fields)| Operand {
            at: spot(),
            term: Term::Nested(Box::new(pipeline)),
            fields,
        })
    });
    plain(nested.boxed())
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let text = "[a-z }:\n'\"|-]{1,12}".prop_map(|text| Piece::Text(spot(), text));
    let declared = ("[a-z]{1,3}", pipeline()).prop_map(|(name, pipeline)| {
        Piece::Put(Pipeline { variables: vec![format!("${name}")], ..pipeline })
    });
    let leaf = prop_oneof![text, pipeline().prop_map(Piece::Put), declared];
    let piece = leaf.prop_recursive(3, 24, 4, |inner| {
        let kind = prop_oneof![Just(Kind::If), Just(Kind::With), Just(Kind::Range)];
        (kind, pipeline(), vec(inner.clone(), 0..4), vec(inner, 0..3)).prop_map(
            |(kind, pipeline, then, otherwise)| {
                let [then, otherwise] = [then, otherwise].map(apart);
                Piece::Branch(Branch { kind, pipeline, then, otherwise })
            },
        )
    });
    vec(piece, 0..6).prop_map(apart)
}

/// Two texts in a row would be read as one.
fn apart(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        if !matches!((&piece, out.last()), (Piece::Text(..), Some(Piece::Text(..)))) {
            out.push(piece);
        }
    }
    out
}

proptest! {
    #[test]
    fn a_template_that_is_written_out_is_read_as_the_same(pieces in pieces()) {
        let text = print(&pieces);
        let read = parser::parse(&text).map_err(|faults| TestCaseError::fail(format!("{text}: {faults:?}")))?;
        prop_assert_eq!(&read, &pieces, "{}", text);
        prop_assert_eq!(print(&read), text);
    }

    #[test]
    fn no_text_breaks_a_filter(text in "(\\{\\{-? ?|-? ?\\}\\}|[a-z]{1,8}|\\$|[(){}|\"`\\\\ .:=,\n0-9-]|\\PC){0,40}") {
        let _ = run(&text);
        let variables = Variables::of(&[]);
        let _ = expand_env::expand(&text, &Outside { variables: &variables, source: &text, files_read: Default::default() });
    }

    #[test]
    fn without_a_range_places_never_go_back(
        lines in vec(prop_oneof![
            "[a-zü:]{0,6}",
            Just("{{ env `HOST` }}".to_owned()),
            Just("{{- `a\\nb` | indent 2 -}}".to_owned()),
            Just("{{ if true -}} x {{ else }}y{{ end }}".to_owned()),
            Just("{{- /* c\nc */}}".to_owned()),
        ], 0..12),
        ends in vec(prop_oneof![Just("\n"), Just("\r\n"), Just(" ")], 12),
    ) {
        let source: String = lines.iter().zip(ends).map(|(line, end)| format!("{line}{end}")).collect();
        let places = mapped(&source);
        prop_assert!(places.windows(2).all(|pair| pair[0] <= pair[1]), "{source:?}: {places:?}");
    }
}
