"""Graphs of TensorFlow 1, with ref or resource variables, that train or only hold values."""
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


@dataclass
class Built:
    step: v1.Operation | None = None  # trains once
    fetches: list = field(default_factory=list)  # tensors that a caller reads
    feeds: dict = field(default_factory=dict)  # tensor -> value


def regression(use_resource, optimizer):
    generator = np.random.default_rng(5)
    x = v1.placeholder(tf.float32, [None, 3], "x")
    y = v1.placeholder(tf.float32, [None, 1], "y")
    w = v1.get_variable("net/w", [3, 1], initializer=v1.zeros_initializer(), use_resource=use_resource)
    b = v1.get_variable("net/b", [1], initializer=v1.zeros_initializer(), use_resource=use_resource)
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y), name="loss")
    global_step = v1.train.get_or_create_global_step()
    step = optimizer().minimize(loss, global_step=global_step)
    average = v1.train.ExponentialMovingAverage(0.9, global_step)
    with tf.control_dependencies([step]):
        step = average.apply([w, b])
    values = {x: generator.standard_normal((8, 3), np.float32), y: generator.standard_normal((8, 1), np.float32)}
    return Built(step, [loss], values)


def adam(use_resource):
    return regression(use_resource, lambda: v1.train.AdamOptimizer(0.01))


def momentum(use_resource):
    return regression(use_resource, lambda: v1.train.MomentumOptimizer(0.01, 0.9))


def shared_initial_value(use_resource):
    start = tf.constant([1.0, 2.0])
    variables = [v1.get_variable(name, initializer=start, use_resource=use_resource) for name in "abc"]
    step = tf.group(*[v1.assign_add(variable, [1.0, float(i)]) for i, variable in enumerate(variables)])
    return Built(step, [tf.add_n([variable.read_value() for variable in variables], "sum")])


def dtypes(use_resource):
    names = ["float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
             "complex64", "complex128", "bool"]
    for name in names:
        value = np.arange(6).reshape(2, 3) % 2 if name == "bool" else np.arange(6).reshape(2, 3) * 3
        v1.get_variable(f"of_{name}", initializer=tf.cast(tf.constant(value), name), use_resource=use_resource)
    v1.get_variable("scalar", initializer=tf.constant(7.5), use_resource=use_resource)
    v1.get_variable("nothing", initializer=tf.zeros([0, 3]), use_resource=use_resource)
    nan = np.array([0x7fc00001, 0x7f800001, 0xffc12345], np.uint32).view(np.float32)
    v1.get_variable("payloads", initializer=tf.constant(nan), use_resource=use_resource)
    return Built()


def convolution(use_resource):
    """A convolution and a batch norm with moving averages, of which a model needs all, and a dense layer."""
    generator = np.random.default_rng(13)

    def variable(name, shape, value, trainable=True):
        return v1.get_variable(name, shape, initializer=value, trainable=trainable, use_resource=use_resource)

    images = v1.placeholder(tf.float32, [None, 6, 6, 2], "images")
    labels = v1.placeholder(tf.int64, [None], "labels")
    kernel = variable("conv/kernel", [3, 3, 2, 4], v1.random_normal_initializer(seed=1))
    gamma = variable("bn/gamma", [4], v1.ones_initializer())
    beta = variable("bn/beta", [4], v1.zeros_initializer())
    mean = variable("bn/moving_mean", [4], v1.zeros_initializer(), trainable=False)
    variance = variable("bn/moving_variance", [4], v1.ones_initializer(), trainable=False)
    weights = variable("fc/kernel", [144, 3], v1.random_normal_initializer(seed=2))
    bias = variable("fc/bias", [3], v1.zeros_initializer())

    convolved = tf.nn.conv2d(images, kernel, 1, "SAME")
    normed, batch_mean, batch_variance = v1.nn.fused_batch_norm(convolved, gamma, beta, is_training=True)
    logits = tf.matmul(tf.reshape(tf.nn.relu(normed), [-1, 144]), weights) + bias
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits), name="loss")
    served, _, _ = v1.nn.fused_batch_norm(convolved, gamma, beta, mean=mean, variance=variance, is_training=False)
    logits = tf.add(tf.matmul(tf.reshape(tf.nn.relu(served), [-1, 144]), weights), bias, name="logits")
    train = v1.train.AdamOptimizer(0.01).minimize(loss)
    averages = [v1.assign(moving, 0.9 * moving + 0.1 * batch) for moving, batch in ((mean, batch_mean), (variance, batch_variance))]
    step = tf.group(train, *averages)
    return Built(step, [logits], {images: generator.standard_normal((5, 6, 6, 2), np.float32), labels: np.array([0, 1, 2, 1, 0])})


def many_of_one_shape(use_resource):
    """So many that they are assigned as the rows of one tensor; a step of training then changes each by itself."""
    generator = np.random.default_rng(9)
    layers = [v1.get_variable(f"layer_{i}/w", [3, 3], initializer=v1.random_normal_initializer(seed=i), use_resource=use_resource) for i in range(12)]
    v1.get_variable("counts", [12], tf.int32, v1.zeros_initializer(), use_resource=use_resource)
    x = y = v1.placeholder(tf.float32, [None, 3], "x")
    for layer in layers:
        y = tf.tanh(tf.matmul(y, layer))
    loss = tf.reduce_mean(tf.square(y), name="loss")
    step = v1.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    return Built(step, [loss], {x: generator.standard_normal((4, 3), np.float32)})


def strings(use_resource):
    words = v1.get_variable("words", initializer=tf.constant(["short", "long " * 40, "", "with\0zero"]), use_resource=use_resource)
    v1.get_variable("one", initializer=tf.constant("scalar"), use_resource=use_resource)
    return Built(None, [tf.strings.join([words.read_value(), "!"], name="shouted")])


def unknown_shape(use_resource):
    loose = v1.Variable(tf.zeros([2, 2]), validate_shape=False, use_resource=use_resource, name="loose",
                        shape=tf.TensorShape(None) if use_resource else None)
    value = tf.ones([3, 1, 2])
    step = loose.assign(value) if use_resource else v1.assign(loose, value, validate_shape=False)
    return Built(step, [tf.reduce_sum(loose.read_value(), name="sum")])


def local_variables(use_resource):
    v1.get_variable("kept", initializer=tf.constant(1.0), use_resource=use_resource)
    v1.get_variable("count", initializer=tf.constant(2.0), use_resource=use_resource, collections=[v1.GraphKeys.LOCAL_VARIABLES])
    return Built()


def loop(use_resource):
    w = v1.get_variable("w", initializer=tf.constant([0.5, 0.25]), use_resource=use_resource)
    x = v1.placeholder(tf.float32, [2], "x")
    last = tf.while_loop(lambda i, v: i < 4, lambda i, v: (i + 1, v * w + x), [0, x])[1]
    chosen = tf.cond(tf.reduce_sum(last) > 0, lambda: last * 2, lambda: last + w)
    loss = tf.reduce_sum(tf.square(chosen), name="loss")
    step = v1.train.GradientDescentOptimizer(0.01).minimize(loss)
    return Built(step, [loss], {x: np.array([1.5, -0.5], np.float32)})


def partitioned(use_resource):
    with v1.variable_scope("net", partitioner=v1.fixed_size_partitioner(3), use_resource=use_resource):
        embedding = v1.get_variable("embedding", [10, 2], initializer=v1.random_normal_initializer(seed=3))
    ids = v1.placeholder(tf.int64, [None], "ids")
    loss = tf.reduce_sum(tf.square(v1.nn.embedding_lookup(embedding, ids, partition_strategy="div")), name="loss")
    step = v1.train.AdamOptimizer(0.1).minimize(loss)
    return Built(step, [loss], {ids: np.array([0, 4, 9, 4])})


GRAPHS = [adam, convolution, momentum, shared_initial_value, many_of_one_shape, dtypes, strings, unknown_shape, local_variables, loop, partitioned]
