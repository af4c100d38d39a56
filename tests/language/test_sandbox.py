"""A sentence from anybody's folder of texts puts values and chooses texts, no more."""

import jinja2
import pytest

from workbench.language.sandbox import Sentences
from workbench.language.translator import capitalised

SENTENCES = Sentences(capitalised=capitalised)


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("{{ name|capitalised }}: {{ count }}", {"name": "moss", "count": 2}, "Moss: 2"),
        ("{% if a > 1 and not b %}x{% elif a == 1 %}y{% endif %}", {"a": 1, "b": 0}, "y"),
        (
            "{{ parts[:-1]|join(', ') ~ ' og ' ~ parts[-1] if parts }}",
            {"parts": ["a", "b", "c"]},
            "a, b og c",
        ),
        ("{{ 'opp' if slope.startswith('+') else slope.lstrip('-') }}", {"slope": "-3"}, "3"),
        ("{% if a + b == 3 %}tre{% endif %}{{ a + b }}", {"a": 1, "b": 2}, "tre3"),
    ],
)
def test_what_the_project_s_sentences_do_is_done(
    text: str, values: dict[str, object], said: str
) -> None:
    assert SENTENCES.from_string(text).render(values) == said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{% for one in name %}{{ one }}{% endfor %}", "for"),
        ("{% set name = 'x' %}", "assign"),
        ("{% include 'nb/common.toml' %}", "include"),
        ("{% macro again() %}x{% endmacro %}", "macro"),
        ("{{ name.upper }}", "getattr"),
        ("{{ name['upper'] }}", "getitem"),
        ("{{ name[key] }}", "getitem"),
        ("{{ name.upper() }}", "call"),
        ("{{ range(3) }}", "call"),
        ("{{ count_of(*name) }}", "call"),
        ("{{ name * 3 }}", "mul"),
        ("{{ name in 'Moss' }}", "operand"),
        ("{{ name is defined }}", "test"),
        ("{{ name|attr('upper') }}", "filter"),
        ("{{ name|join(name) }}", "filter"),
        # Each join of what was joined would multiply its length.
        ("{{ name|join(', ')|join(', ') }}", "filter"),
        ("{{ (name|join(', '))[1:]|join(', ') }}", "filter"),
        ("{{ [name] }}", "list"),
        ("{{ self }}", "name"),
        ("{{ count_of }}", "name"),
        ("{{ _name }}", "name"),
    ],
)
def test_anything_else_is_refused_before_it_is_compiled(text: str, what: str) -> None:
    for use in (SENTENCES.parse, SENTENCES.compile, SENTENCES.from_string):
        with pytest.raises(jinja2.TemplateSyntaxError, match=f"^{what} is none of what a sentence"):
            use(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * 3001, "longer than 3000 signs"),
        ("{{ name" + " + name" * 30 + " }}", "nested too deep"),
        ("{% if name %}" * 30 + "{% endif %}" * 30, "nested too deep"),
    ],
)
def test_a_sentence_has_a_bound(text: str, why: str) -> None:
    with pytest.raises(jinja2.TemplateSyntaxError, match=why):
        SENTENCES.from_string(text)


def test_no_function_of_the_template_engine_is_at_hand() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'lipsum' is undefined"):
        SENTENCES.from_string("{{ lipsum }}").render()
