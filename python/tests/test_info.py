"""What a checkpoint is, without reading its tensors."""

import pickle

import numpy as np

import cairn


def test_info_of_a_checkpoint_of_tensorflow(corpus):
    info = cairn.open(corpus / "tf_features/tf2_objects").info()
    assert info.path.endswith("tf2_objects/ckpt-3") and info.format == "tf-v2"
    assert (info.num_tensors, info.num_parameters, info.num_training_parameters) == (28, 40, 61)
    assert info.slots == {"momentum": 6, "velocity": 6}
    assert info.optimizer["optimizer/_learning_rate"] == np.float32(0.001)
    assert (info.step, info.save_counter, info.state_file) == (3, 3, "ckpt-3")
    assert sum(info.files.values()) == 1617 + 4333
    assert info.warnings == []
    assert pickle.loads(pickle.dumps(info)) == info
    assert "training_nbytes: 252 (252 B)" in repr(info)


def test_info_of_a_saved_model_has_its_signatures(corpus):
    info = cairn.open(corpus / "tf_features/tf2_export").info()
    inputs, outputs = info.signatures["serve"]
    assert inputs == {"keras_tensor": ("float32", (-1, 3))}
    assert outputs == {"output_0": ("float32", (-1, 1))}
    assert info.tensorflow_version == "2.21.0"


def test_a_missing_file_is_part_of_the_info(saved):
    saved.with_name(saved.name + ".data-00000-of-00001").unlink()
    info = cairn.open(saved).info()
    assert list(info.files.values()).count(None) == 1
    assert info.step == 10


def test_a_tree_groups_names_by_their_parts(saved):
    tree = cairn.open(saved).tree()
    assert list(tree.children) == ["conv0", "empty", "mask", "step"]
    assert (tree.num_tensors, tree["conv0"].num_tensors, tree["conv0"].nbytes) == (5, 2, 64)
    assert (tree["conv0"]["W"].dtype, tree["conv0"]["W"].shape) == ("float32", (3, 4))
    assert repr(tree).splitlines()[:2] == [
        "  conv0/  2 tensors         64 B",
        "    W     float32    [3,4]  48 B",
    ]
    assert repr(cairn.open(saved).tree(depth=1)).splitlines()[1].startswith("  empty ")


def test_names_without_a_slash_are_parted_at_dots(tmp_path):
    cairn.save(tmp_path / "m.safetensors", {"layer.0.w": np.ones(2), "layer.1.w": np.ones(2)})
    tree = cairn.open(tmp_path / "m.safetensors").tree()
    assert tree["layer"]["0"]["w"].shape == (2,)


def test_a_tensor_and_a_group_may_have_one_name(tmp_path):
    cairn.save(tmp_path / "m", {"a": np.ones(2), "a/b": np.ones(3)})
    tree = cairn.open(tmp_path / "m").tree()
    assert tree["a"].num_tensors == 2 and tree["a"]["b"].shape == (3,)
    assert len(repr(tree).splitlines()) == 3


def test_keys_of_tf2_are_shown_without_their_end(corpus):
    tree = cairn.open(corpus / "tf_features/tf2_objects").tree()
    assert tree["optimizer"]["_iterations"].dtype == "int64"
