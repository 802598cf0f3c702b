"""finding: persons by their names and birth dates, among the versions that a role may see and by fields that it reads.

Names are compared in Python, by the words that `spelled` makes of them, because no two engines would do it alike. So a
first statement reads the spellings in scope that could hold a typed word, and a second one the persons with a spelling
that does. Both name the owner's table behind the conditions of the roles, and read all of it whatever is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from dataport.access.open import RoleView
from dataport.engine.blocks import Parameters, aliased, all_of, any_of, column, select, table_of
from dataport.engine.lower_conditions import member_of
from dataport.engine.records import Records, tests_of
from dataport.semantic.record import RecordModel

# A name with such a character may have words that do not stand in it letter by letter, so it is always read. All other
# names are of plain letters, digits, blanks and hyphens.
_NOT_PLAIN = "[^A-Za-z0-9 -]"
# A spelling that nobody has, so that the same statement is run where there are none.
_NO_SPELLING = "\0"


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom somebody looks for; what is not stated is None.

    Attributes:
        words: each is a whole word of the name.
        keys: only these owners, where a number was given.
    """

    words: tuple[str, ...] = field(default=(), repr=False)
    born: tuple[date, date] | None = field(default=None, repr=False)
    keys: tuple[int, ...] | None = field(default=None, repr=False)


class Finding:
    """Persons for one viewer, by some of their roles."""

    def __init__(self, records: Records, model: RecordModel, views: Sequence[RoleView]) -> None:
        assert model.found_by
        self._records, self._model, self._views, self._by = records, model, views, model.found_by

    def keys(
        self, sought: Sought, roles: Mapping[int, int], spelled: Callable[[str], frozenset[str]]
    ) -> list[list[int]]:
        """For each of these roles, the keys that it finds first: up to one more than it may be told of.

        Args:
            roles: by the position of a role, how many it may be told of.
            spelled: the words of a name, as they are compared.
        """
        spellings = self._spellings(sought, tuple(roles), spelled)
        return [self._found(sought, n, limit, spellings) for n, limit in roles.items()]

    def _tests(self, roles: Sequence[int], parameters: Parameters) -> list[exp.Expr]:
        tests = tests_of(self._model, self._views, parameters)
        return [tests[n] for n in roles]

    def _spellings(
        self, sought: Sought, roles: Sequence[int], spelled: Callable[[str], frozenset[str]]
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """For each word and field, the spellings in scope that hold the word."""
        found: dict[str, dict[str, tuple[str, ...]]] = {word: {} for word in sought.words}
        for name in self._by.name if sought.words else ():
            parameters = Parameters()
            # Rows are grouped by spelling, so the least of a group is the spelling. Tested as an aggregate, each
            # spelling is tested once; as a column, each row would be, which takes three times as long.
            spelling = exp.Min(this=column(name))
            lower = exp.Lower(this=spelling)
            may_hold: list[exp.Expr] = [
                exp.Contains(this=lower.copy(), expression=parameters.add(word)) for word in sought.words
            ]
            may_hold.append(exp.RegexpLike(this=spelling.copy(), expression=parameters.add(_NOT_PLAIN)))
            where = [any_of(self._tests(roles, parameters)), *self._narrowed(sought, parameters)]
            tree = select([column(name)], table_of(self._model.table), where=where, group=1)
            tree.set("having", exp.Having(this=any_of(may_hold)))
            words = {text: spelled(text) for (text,) in self._records.rows(tree, parameters) if text}
            for word in sought.words:
                found[word][name] = tuple(sorted(text for text, several in words.items() if word in several))
        return found

    def _found(
        self, sought: Sought, role: int, limit: int, spellings: Mapping[str, Mapping[str, tuple[str, ...]]]
    ) -> list[int]:
        parameters, key = Parameters(), self._model.key
        where = [*self._tests([role], parameters), *self._narrowed(sought, parameters)]
        for several in spellings.values():
            where.append(
                any_of([
                    member_of(column(name), texts or (_NO_SPELLING,), parameters) for name, texts in several.items()
                ])
            )  # fmt: skip
        if sought.born and self._by.birth_date:
            first, last = map(parameters.add, sought.born)
            where.append(exp.Between(this=column(self._by.birth_date), low=first, high=last))
        tree = select([aliased(column(key), key)], table_of(self._model.table), where=[all_of(where)], distinct=True)
        tree.set("order", exp.Order(expressions=[exp.Ordered(this=column(key), nulls_first=False)]))
        tree.set("limit", exp.Limit(expression=exp.Literal.number(limit + 1)))
        return [row[0] for row in self._records.rows(tree, parameters)]

    def _narrowed(self, sought: Sought, parameters: Parameters) -> list[exp.Expr]:
        if sought.keys is None:
            return []
        return [member_of(column(self._model.key), sought.keys or (-1,), parameters)]
