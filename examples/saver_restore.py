"""What restore_tensorflow does, with TensorFlow's own Saver: saver_restore.py GRAPH.meta PREFIX"""
import sys

import tensorflow.compat.v1 as tf

with tf.Graph().as_default(), tf.Session() as session:
    saver = tf.train.import_meta_graph(sys.argv[1])
    saver.restore(session, sys.argv[2])
    logits = session.run("logits:0", {"x:0": [[1, 2, 3]]})
print("logits", *(f"{logit:g}" for logit in logits[0]))
