"""`cairn meta` against TensorFlow's own reading of the same graphs, in bytes and as text."""
import collections
import json

import pytest

GRAPHS = ["tf1_saver_regression/checkpoint/model.meta", "tf1_estimator_two_shards/model.ckpt-1000.meta", "tf2_estimator_run/model.ckpt-1000.meta",
          "metagraphs/cond_test.meta", "metagraphs/word2vec.meta", "metagraphs/xor.meta", "v1_sharded_half_plus_two/export.meta",
          "tensorpack/train_run/graph-1124-153722.meta", "tensorpack/dump/m/parts.meta", "tensorpack/dump/m/kinds.meta",
          "saved_model_half_plus_two_cpu/saved_model.pb", "saved_model_counter/saved_model.pb", "saved_model_regression_tf2/saved_model.pb",
          "saved_model_java/saved_model.pb", "tf2_loss_scale_optimizer/lso_savedmodel_tf2.2/saved_model.pb", "tf_features/tf2_export/saved_model.pb"]


def read(path):
    """The MetaGraphDef of a file, by TensorFlow's protobuf."""
    from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

    content = path.read_bytes()
    if path.name == "saved_model.pb":
        return saved_model_pb2.SavedModel.FromString(content).meta_graphs[0]
    return meta_graph_pb2.MetaGraphDef.FromString(content)


def meta(cairn, path):
    ran = cairn("meta", "--json", str(path))
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert told["schema_version"] == 1
    return told


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_as_tensorflow_reads_it(cairn, corpus, name):
    graph = read(corpus / name)
    told = meta(cairn, corpus / name)
    kinds = {key: value.WhichOneof("kind") for key, value in graph.collection_def.items()}
    assert {c["name"]: c["kind"] for c in told["collections"]} == {key: kind or "" for key, kind in kinds.items()}
    for collection in told["collections"]:
        kind = kinds[collection["name"]]
        assert collection["count"] == (len(getattr(graph.collection_def[collection["name"]], kind).value) if kind else 0)
    assert {s["name"] for s in told["signatures"]} == set(graph.signature_def)
    assert told["tensorflow_version"] == (graph.meta_info_def.tensorflow_version or None)
    functions = {f.signature.name for f in graph.graph_def.library.function}
    nodes = list(graph.graph_def.node) + [n for f in graph.graph_def.library.function for n in f.node_def]
    assert {o["name"]: o["count"] for o in told["ops"]} == dict(collections.Counter(n.op for n in nodes if n.op not in functions))
    assert told["nodes"] == len(graph.graph_def.node) and told["functions"] == len(functions)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_text_form_tells_as_much(cairn, corpus, tmp_path, name):
    from google.protobuf import text_format

    graph = read(corpus / name)
    text = tmp_path / "graph.pbtxt"
    text.write_text(text_format.MessageToString(graph))
    told, of_bytes = meta(cairn, text), meta(cairn, corpus / name)
    assert told.pop("path") == str(text) and of_bytes.pop("path")
    assert told == of_bytes


def test_a_graph_alone_as_text_and_bytes(cairn, corpus, tmp_path):
    from google.protobuf import text_format

    graph = read(corpus / GRAPHS[0]).graph_def
    (tmp_path / "graph.pbtxt").write_text(text_format.MessageToString(graph))
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    for name in ("graph.pbtxt", "graph.pb"):
        told = meta(cairn, tmp_path / name)
        assert told["nodes"] == len(graph.node) and told["collections"] == []


@pytest.mark.parametrize("name", ["tf1_saver_regression/checkpoint/model.meta", "tensorpack/train_run/graph-1124-153722.meta", "tensorpack/dump/m/kinds.meta"])
def test_variables_as_an_imported_graph_has_them(cairn, corpus, name):
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default() as graph:
        tf.train.import_meta_graph(str(corpus / name), clear_devices=True)
        known = {key: graph.get_collection(key) for key in ("variables", "local_variables", "trainable_variables", "model_variables")}
    told = {v["name"]: v for v in meta(cairn, corpus / name)["variables"]}
    trainable = {v.op.name for v in known["trainable_variables"]}
    for variable in {v.op.name: v for group in known.values() for v in group}.values():
        row = told.pop(variable.op.name)
        assert row["dtype"] == variable.dtype.base_dtype.name and row["shape"] == variable.shape.as_list()
        assert row["trainable"] == (variable.op.name in trainable)
        assert row["initializer"] == variable.initializer.name
        assert set(row["collections"]) >= {key for key in known if variable.op.name in [v.op.name for v in known[key]]}
    assert told == {}


def test_ops_that_tensorflow_does_not_have(cairn, corpus):
    ran = cairn("meta", str(corpus / "tensorpack/dump/m/custom_op.meta"))
    assert ran.code == 0 and "unknown op  CairnTestCustomOp  is not in TensorFlow" in ran.out
    assert meta(cairn, corpus / "tensorpack/dump/m/custom_op.meta")["unknown_ops"] == [{"name": "CairnTestCustomOp", "count": 1}]


def test_what_a_path_is_taken_for(cairn, corpus):
    for path, taken in (("tensorpack/train_run", "graph-1124-153722.meta"), ("tf_features/tf2_export", "saved_model.pb"),
                        ("tensorpack/resumed_run", "graph-1124-153743.meta"), ("tf1_saver_regression/checkpoint/model", "model.meta")):
        ran = cairn("meta", str(corpus / path))
        assert ran.code == 0 and "taken as" in ran.err and taken in ran.err


def test_errors(cairn, corpus, tmp_path):
    (tmp_path / "empty.meta").write_bytes(b"")
    whole = (corpus / GRAPHS[0]).read_bytes()
    (tmp_path / "cut.meta").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "deep.pbtxt").write_text("node { " + "a { " * 1000)
    for path, code, said in ((tmp_path / "gone.meta", 2, "there is no such file"), (tmp_path, 2, "no graph in this directory"),
                             (tmp_path / "empty.meta", 1, "it is empty"), (tmp_path / "cut.meta", 1, "E_PROTO"),
                             (tmp_path / "deep.pbtxt", 2, "more than 100 deep"), (corpus / "tensorpack/dump/m/not_a_meta.meta", 1, "line 1: 'no'")):
        ran = cairn("meta", str(path))
        told = json.loads(cairn("meta", "--json", str(path)).out)["error"]
        assert (ran.code, ran.out) == (code, "") and (said in ran.err or said == told["reason"]), ran.err
