"""Templates: what they draw, how settings change it, and what remembers them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphlab
from graphlab.errors import FileError, FormulaError, GraphError, GraphLabError, OpError
from graphlab.graph import Graph, dag_of, edits, formula_build
from graphlab.graph.clipping import clip, from_clipboard_text, paste, to_clipboard_text
from graphlab.graph.counting import count
from graphlab.graph.qualified import qualified_names
from graphlab.graph.templates import (
    TEMPLATES,
    Reading,
    Template,
    change_settings,
    forget_template,
    place,
    read_group,
)

IMAGE, VECTOR = (2, 3, 16, 16), (2, 5)
SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "neuron": (VECTOR,),
    "linear_layer": (VECTOR,),
    "encoder": (VECTOR,),
    "decoder": (VECTOR,),
    "generator": (VECTOR,),
    "discriminator": (VECTOR,),
    "unet_up": ((2, 3, 8, 8), (2, 3, 18, 18)),
}
"""What is fed to a template's ports where it is not one picture."""

SMALL: dict[str, dict[str, Any]] = {
    "dense_block": {"layers": 2, "growth": 4},
    "decoder": {"widths": (4, 6)},
    "residual_basic": {"filters": 3},
    "residual_bottleneck": {"filters": 1, "expansion": 3},
    "unet_down": {"filters": 2},
    "unet_up": {"filters": 2},
}
"""Settings that make it small, or fit what is fed."""

every = pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda t: t.name)


def fed(template: Template) -> tuple[Graph, list[str]]:
    """A graph with the inputs that a template needs."""
    graph, names = Graph(), []
    for i, shape in enumerate(SHAPES.get(template.name, (IMAGE,))):
        names.append(f"in{i}")
        graph = edits.add_node(graph, names[-1], "input", shape=shape)
    return graph, names


def placed(template: Template, **settings: Any) -> Graph:
    graph, names = fed(template)
    return place(graph, template.name, names, name="h", **settings)[0]


def inside(graph: Graph) -> dict[str, Any]:
    return {name: node for name, node in graph.nodes.items() if node.group is not None}


# --- what they draw -------------------------------------------------------------------------------
@every
def test_a_template_is_drawn_read_saved_said_and_run(template: Template, tmp_path: Path) -> None:
    graph = placed(template, **SMALL.get(template.name, {}))
    reading = read_group(graph, "h")
    assert isinstance(reading, Reading)
    assert [str(s) for s in reading.sources] == [f"in{i}" for i in range(len(template.ports))]
    assert len(reading.outputs) == len(template.outputs)
    text = graphlab.to_text(graph)
    assert f"h = {template.name}(in0" in text
    assert graphlab.parse(text) == graph
    for folder in (tmp_path / "a.graph.json", tmp_path / "b.graph.json"):
        graphlab.save(graph, folder)
        loaded = graphlab.load(folder)
        assert loaded == graph
        assert loaded.view == graph.view
        graph = loaded
    assert (tmp_path / "a.graph.json").read_bytes() == (tmp_path / "b.graph.json").read_bytes()
    random = np.random.default_rng(0)
    feeds = {n: random.normal(size=graph.nodes[n].attributes["shape"]) for n in graph.inputs}
    run = graphlab.Run(graph, feeds).forward()
    counts = count(graph)
    assert not run.problems()
    for port in (*reading.outputs, *map(graph.port, graph.outputs)):
        assert np.shape(run.value(str(port))) == counts.shapes.of(port)
    assert template.page()
    assert template.formula.latex()


def others(kind: Any) -> list[Any]:
    """Values of a setting other than its default."""
    if kind.annotation is bool:
        return [not kind.default]
    if kind.choices:
        return [choice for choice in kind.choices if choice != kind.default]
    if kind.default is None:
        return [3]
    if isinstance(kind.default, tuple):
        return [kind.default[:1], (*kind.default, 3)]
    if isinstance(kind.default, str):
        return [1]
    if isinstance(kind.default, float):
        return [0.25]
    return [kind.default + 1, 1] if kind.default != 1 else [2]


@every
def test_a_setting_changed_draws_what_would_have_been_drawn_with_it(template: Template) -> None:
    small = SMALL.get(template.name, {})
    before = placed(template, **small)
    for key, kind in template.settings.items():
        for value in others(kind):
            try:
                wanted = placed(template, **{**small, key: value})
            except GraphLabError as refusal:
                with pytest.raises(type(refusal)):
                    change_settings(before, "h", **{key: value})
                continue
            changed = change_settings(before, "h", **{key: value})
            assert (changed, list(changed.nodes)) == (wanted, list(wanted.nodes))
            assert changed.view == wanted.view
            back = change_settings(changed, "h", **{key: small.get(key, kind.default)})
            again = small.get(key, kind.default)
            stated = {} if again is None else {key: again}
            assert back == placed(template, **{**small, **stated})


def test_a_template_may_be_placed_before_anything_feeds_it() -> None:
    graph, name = place(Graph(), "conv_layer")
    assert name == "conv_layer1"
    assert place(graph, "conv_layer")[1] == "conv_layer2"
    assert graphlab.parse(graphlab.to_text(graph)) == graph
    assert graphlab.to_text(graph) == "conv_layer1 = conv_layer(?)"
    graph = edits.add_node(graph, "x", "input", shape=(1, 3, 8, 8))
    graph = edits.connect(graph, "x", "conv_layer1_conv2d", "x")
    assert count(change_settings(graph, "conv_layer1", filters=4)).total.parameters == 4 * 27 + 4


# --- changing -------------------------------------------------------------------------------------
NET = """x = input(None, 3)
h = linear_layer(x, features=4, activation="relu")
y = linear_layer(h, features=2)
z = h_affine + 1"""


def test_outside_edges_and_learned_values_outlast_a_change() -> None:
    graph = graphlab.parse(NET)
    for name, shape in (("h_weight", (4, 3)), ("h_bias", (4,)), ("y_bias", (2,))):
        graph = edits.set_attributes(
            graph, name, value=np.arange(float(np.prod(shape))).reshape(shape)
        )
    graph = edits.move(edits.mark_outputs(graph, ["h_relu", "y_affine"]), {"h_bias": (1, 2)})
    silu = change_settings(graph, "h", activation="silu")
    assert str(silu.nodes["y_affine"].inputs["x"]) == "h_silu"
    assert silu.outputs == ("h_silu", "y_affine")
    assert str(silu.nodes["z"].inputs["x"]) == "h_affine"
    assert silu.view.positions == {"h_bias": (1, 2)}
    assert silu.parameters == graph.parameters
    assert np.array_equal(silu.nodes["h_weight"].attributes["value"], np.arange(12.0).reshape(4, 3))
    wider = change_settings(graph, "h", features=5)
    assert "value" not in wider.nodes["h_weight"].attributes
    assert "value" not in wider.nodes["h_bias"].attributes
    assert "value" in wider.nodes["y_bias"].attributes
    assert change_settings(graph, "h", features=4) is graph


def test_what_a_hand_changed_is_told_and_not_undone() -> None:
    graph = graphlab.parse(NET)
    cut = edits.disconnect(graph, "h_affine", "bias")
    with pytest.raises(GraphError, match="h_affine's bias is fed by something else"):
        change_settings(cut, "h", features=3)
    added = edits.add_node(graph, "extra", "relu", group="h")
    with pytest.raises(GraphError, match="node extra was added"):
        change_settings(added, "h", features=3)
    again = edits.connect(cut, "h_bias", "h_affine", "bias")
    assert change_settings(again, "h", features=3).groups["h"].settings["features"] == 3
    with pytest.raises(GraphError, match="was not made by a template"):
        change_settings(forget_template(graph, "h"), "h", features=3)
    conv = graphlab.parse("c = conv_norm_activation(x); y = 2*c_bn_batch_norm; g = c_conv_weight")
    with pytest.raises(GraphError, match=r"conv.* was changed"):
        change_settings(change_settings(conv, "c_conv", stride=2), "c", filters=3)


def test_nothing_that_is_read_outside_goes() -> None:
    graph = graphlab.parse("h = encoder(x, widths=(8, 4)); y = 2*h_fc1_affine; f = y + h_fc1_relu")
    with pytest.raises(GraphError, match="f reads h_fc1_relu inside h, which would go"):
        change_settings(graph, "h", activation="tanh")
    with pytest.raises(GraphError, match=r"[fy] reads h_fc1_\w+ inside h"):
        change_settings(graph, "h", kind="convolution")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"features": 0}, "features is 0, and must be between 1"),
        ({"features": True}, "a whole number"),
        ({"features": 2.5}, "a whole number"),
        ({"features": 10**12}, "must be between"),
        ({"feature": 3}, "no setting feature: did you mean features"),
        ({"activation": "rely"}, "choose none, relu"),
    ],
)
def test_wrong_settings_are_refused_in_one_sentence(settings: dict[str, Any], told: str) -> None:
    graph = graphlab.parse(NET)
    with pytest.raises(OpError, match=told):
        change_settings(graph, "h", **settings)
    with pytest.raises(OpError, match=told):
        place(graph, "linear_layer", ["x"], **settings)


def test_placing_is_refused_where_it_cannot_be() -> None:
    graph = graphlab.parse(NET)
    with pytest.raises(OpError, match="no template 'linear_layr': did you mean linear_layer"):
        place(graph, "linear_layr")
    with pytest.raises(GraphError, match="takes 1 input, x, and was given 2"):
        place(graph, "linear_layer", ["x", "h_relu"])
    with pytest.raises(GraphError, match="already a group h"):
        place(graph, "linear_layer", ["x"], name="h")
    with pytest.raises(GraphError, match="no node q"):
        place(graph, "linear_layer", ["q"])


# --- files and formulas ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("group", "told"),
    [
        ({"template": "os.system"}, "group h: there is no template 'os.system'"),
        ({"template": "neuron", "settings": {"actvation": 1}}, "did you mean activation"),
        ({"template": "neuron", "settings": {"activation": "__import__('os')"}}, "choose none"),
        ({"template": "dense_block", "settings": {"layers": 10**9}}, "must be between 1 and 64"),
        ({"template": "encoder", "settings": {"widths": [3] * 1000}}, "the most is 64"),
        ({"settings": {"filters": 3}}, "settings and no template"),
        ({"template": "neuron", "settings": [1]}, "settings"),
        ({"template": 3}, "template"),
    ],
)
def test_a_file_is_not_believed(group: dict[str, Any], told: str, tmp_path: Path) -> None:
    file = tmp_path / "a.graph.json"
    record = {
        "format": "graphlab.graph",
        "version": 1,
        "nodes": [],
        "groups": [{"id": "h", **group}],
    }
    file.write_text(json.dumps(record))
    with pytest.raises(FileError, match=told) as refusal:
        graphlab.load(file)
    assert "\n" not in str(refusal.value)


def test_a_group_a_hand_changed_is_told_as_a_block() -> None:
    graph = edits.disconnect(graphlab.parse(NET), "h_affine", "bias")
    text = graphlab.to_text(graph)
    assert 'with group("h", template="linear_layer", features=4, activation="relu"):' in text
    assert "y = linear_layer(h_relu, features=2)" in text
    assert graphlab.parse(text) == graph
    titled = edits.set_group_title(graphlab.parse(NET), "h", "Hidden")
    assert graphlab.parse(graphlab.to_text(titled)) == titled


def test_groups_that_need_each_other_are_told_as_blocks() -> None:
    graph = graphlab.parse("a = unet_up(?, x); b = unet_up(?, a_up_conv_transpose2d)")
    graph = edits.connect(graph, "b_up_conv_transpose2d", "a_crop", "like") if False else graph
    graph = edits.connect(graph, "b_up_bias", "a_up_conv_transpose2d", "x")
    graph = edits.disconnect(graph, "a_crop", "x")
    graph = edits.connect(graph, "b_up_weight", "a_crop", "x")
    text = graphlab.to_text(graph)
    assert graphlab.parse(text) == graph


def test_calls_nest_and_pick_outputs_and_name_themselves() -> None:
    graph = graphlab.parse(
        "with group('net'):\n"
        "    d = unet_down(relu(x), filters=4)\n"
        "    u = unet_up(unet_down(d, filters=8)[1], d[1], filters=4)\n".replace(
            "unet_down(d, filters=8)[1]", "conv_layer(d, filters=8)"
        )
        + "f = u + d[1]"
    )
    assert graph.groups["d"].parent == "net"
    assert "conv_layer1" in graph.groups
    assert str(graph.nodes["u_crop"].inputs["x"]) == "d_conv2_relu"
    assert graph.view.folded >= {"d", "u", "u_up"}
    assert graphlab.parse(graphlab.to_text(graph)) == graph


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("h = conv_layr(x)", "no op conv_layr: did you mean conv_layer"),
        ("h = conv_layer(x, y)", "conv_layer takes 1 input, x, and this is one more"),
        ("h = conv_layer()", "conv_layer needs x, and got none"),
        ("h = conv_layer(x, filter=3)", "no input or setting filter: did you mean filters"),
        ("h = conv_layer(x, filters=f)", "filters is a setting of conv_layer"),
        ("h = conv_layer(x, filters=0)", "filters is 0, and must be between"),
        ("h = conv_layer(x, kernel_size='big')", "one for each axis"),
        ("h = conv_layer(x, kernel_size=(3, 3), dimensions=1)", "2 lengths, and dimensions is 1"),
        ("h = encoder(x, widths=())", "widths is empty"),
    ],
)
def test_mistakes_in_calls_of_templates(text: str, told: str) -> None:
    with pytest.raises(FormulaError, match=told):
        graphlab.parse(text)


def test_a_text_draws_no_more_than_a_file_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formula_build, "MAX_NODES", 1000)
    text = "\n".join(f"h{i} = dense_block(x, layers=64)" for i in range(9))
    with pytest.raises(FormulaError, match="the templates above draw more than 1,000 nodes"):
        graphlab.parse(text)


# --- names and copies -----------------------------------------------------------------------------
def test_names_follow_their_group() -> None:
    graph = placed(TEMPLATES["residual_basic"], shortcut="projection", stride=2)
    assert qualified_names(graph)["h_downsample_0_weight"] == "h.downsample.0.weight"
    renamed = edits.rename_group(graph, "h", "block")
    assert renamed == edits.rename_group(renamed, "block", "block")
    fresh, names = fed(TEMPLATES["residual_basic"])
    wanted = place(fresh, "residual_basic", names, name="block", shortcut="projection", stride=2)
    assert renamed == wanted[0]
    assert renamed.view.folded == {n.replace("h", "block", 1) for n in graph.view.folded}
    back = edits.rename_group(renamed, "block", "h")
    assert (back, back.view) == (graph, graph.view)


def test_a_copy_has_parameters_of_its_own_and_stays_a_template() -> None:
    graph = graphlab.parse(NET)
    part = from_clipboard_text(to_clipboard_text(clip(graph, ["h"])))
    copied, names = paste(graph, part, keep_inputs=False)
    assert names == ("h2",)
    assert len(copied.parameters) == len(graph.parameters) + 2
    assert isinstance(read_group(copied, "h2"), Reading)
    assert "h2_weight" in copied.nodes
    assert change_settings(copied, "h2", features=9).groups["h2"].settings["features"] == 9


def test_a_sharing_copy_reads_the_same_parameters_and_their_gradients_add_up() -> None:
    graph = graphlab.parse("x = input(2, 3)\nh = linear_layer(x, features=2, activation='tanh')")
    shared, (copy,) = paste(graph, clip(graph, ["h"]), keep_inputs=True, share=True)
    assert shared.parameters == graph.parameters
    assert shared.groups[copy].template == ""
    assert count(shared).groups[copy].parameters == 0
    both = edits.add_node(shared, "both", "add", "h_tanh", f"{copy}_tanh")
    feeds = {"x": np.random.default_rng(0).normal(size=(2, 3))}
    one = graphlab.Run(graph, feeds).forward().backward("h_tanh")
    two = graphlab.Run(both, feeds).forward().backward("both")
    assert np.allclose(two.grad("h_weight"), 2 * np.asarray(one.grad("h_weight")), rtol=1e-12)


def test_ungrouping_leaves_the_nodes_and_their_numbers() -> None:
    graph = graphlab.parse(NET)
    loose = edits.ungroup(graph, "h")
    assert "h" not in loose.groups
    assert loose.nodes.keys() == graph.nodes.keys()
    assert graphlab.parse(graphlab.to_text(loose)) == loose


# --- any sequence of edits ------------------------------------------------------------------------
def edited(graph: Graph, data: st.DataObject) -> Graph:
    """One edit, at random; groups grow, are taken apart, renamed, copied and reset."""
    nodes, groups = sorted(graph.nodes), sorted(graph.groups)
    pick = st.sampled_from
    match data.draw(st.integers(0, 9)) if groups else 0:
        case 0 | 1:
            template = data.draw(pick(["neuron", "norm_layer", "residual_basic", "unet_up"]))
            ports = len(TEMPLATES[template].ports)
            inputs = data.draw(st.lists(st.none() | pick([*nodes, "x"]), max_size=ports))
            if "x" not in graph.nodes:
                graph = edits.add_node(graph, "x", "input")
            parent = data.draw(st.none() | pick(groups)) if groups else None
            name = data.draw(st.none() | pick(["a", "b", "relu1", "a_conv1"]))
            return place(graph, template, inputs, name=name, parent=parent)[0]
        case 2:
            key, value = data.draw(
                pick([("filters", 3), ("shortcut", "projection"), ("stride", 2)])
            )
            return change_settings(graph, data.draw(pick(groups)), **{key: value})
        case 3:
            node = data.draw(pick(nodes))
            port = data.draw(pick(list(graph.nodes[node].ports) or ["x"]))
            if port in graph.nodes[node].inputs:
                return edits.disconnect(graph, node, port)
            return edits.connect(graph, data.draw(pick(nodes)), node, port)
        case 4:
            new = data.draw(pick(["a", "b", "c", "net", "add1"]))
            return edits.rename_group(graph, data.draw(pick(groups)), new)
        case 5:
            return edits.ungroup(graph, data.draw(pick(groups)))
        case 6:
            part = clip(graph, [data.draw(pick(groups))])
            flags = {"keep_inputs": data.draw(st.booleans()), "share": data.draw(st.booleans())}
            return paste(graph, part, **flags)[0]
        case 7:
            return edits.mark_outputs(graph, data.draw(st.sets(pick(nodes), max_size=2)))
        case 8:
            return edits.remove_cards(graph, [data.draw(pick([*nodes, *groups]))])
        case _:
            return edits.nest_group(graph, data.draw(pick(groups)), data.draw(pick(groups)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_done_to_groups_is_told_and_saved(data: st.DataObject) -> None:
    graph = Graph()
    for _ in range(data.draw(st.integers(1, 8))):
        with contextlib.suppress(GraphLabError):  # a refusal leaves the graph as it was
            graph = edited(graph, data)
    dag_of(graph)
    read = graphlab.parse(graphlab.to_text(graph))
    assert read == graph
    assert (read.inputs, read.parameters, read.outputs) == (
        graph.inputs,
        graph.parameters,
        graph.outputs,
    )
    part = from_clipboard_text(to_clipboard_text(graph))
    assert (part, part.view) == (graph, graph.view)


def test_a_setting_that_was_given_stays_given() -> None:
    graph = graphlab.parse("h = conv_layer(x, filters=4, kernel_size=3)")
    graph = change_settings(graph, "h", filters=16)
    assert "h = conv_layer(x, filters=16, kernel_size=3)" in graphlab.to_text(graph)
    graph = change_settings(graph, "h", stride=2)
    assert "h = conv_layer(x, filters=16, kernel_size=3, stride=2)" in graphlab.to_text(graph)
    assert graphlab.parse(graphlab.to_text(graph)) == graph
