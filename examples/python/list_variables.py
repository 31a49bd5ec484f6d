"""Lists the variables of a checkpoint, with shapes and dtypes: list_variables.py CHECKPOINT

With TensorFlow the import line is `from tensorflow import train`.
"""

import sys

import cairn as train

reader = train.load_checkpoint(sys.argv[1])
dtypes = reader.get_variable_to_dtype_map()
num_elements = 0
for name, shape in train.list_variables(sys.argv[1]):
    size = 1
    for dim in shape:
        size *= dim
    num_elements += size
    print(name, shape)
print(len(dtypes), "variables,", num_elements, "elements")
