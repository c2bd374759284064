"""Rasa's prediction graph, node after node: dask would plan the same few calls each time anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import GraphNode, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner


class StraightRunner:
    """Does what DaskGraphRunner.run does, with the nodes it has loaded."""

    def __init__(self, schema: GraphSchema, nodes: Mapping[str, GraphNode]) -> None:
        self._schema = schema
        self.nodes = nodes
        self._orders: dict[tuple[str, ...], list[str]] = {}

    @classmethod
    def like(cls, runner: DaskGraphRunner) -> StraightRunner:
        return cls(runner._graph_schema, runner._instantiated_nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The outputs of the targets; inputs take the places that the schema names for them."""
        wanted = tuple(targets or self._schema.target_names)
        outputs: dict[str, Any] = dict(inputs or {})
        for name in self._order(wanted):
            # A need that nobody provides is passed as its name: the node then says what is missing.
            given = (
                (need, outputs[need]) if need in outputs else need
                for need in self._schema.nodes[name].needs.values()
            )
            outputs[name] = self.nodes[name](*given)[1]
        return {name: outputs[name] for name in wanted}

    def _order(self, wanted: tuple[str, ...]) -> list[str]:
        """The nodes behind the targets, each after those it needs."""
        if wanted not in self._orders:
            order: list[str] = []

            def add(name: str) -> None:
                if name in order or name not in self._schema.nodes:
                    return
                for need in self._schema.nodes[name].needs.values():
                    add(need)
                order.append(name)

            for name in wanted:
                add(name)
            self._orders[wanted] = order
        return self._orders[wanted]
