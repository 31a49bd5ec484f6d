#!/usr/bin/env python3
"""Writes cairn/core/small_float_table.h: what ml_dtypes decodes every code of the floats of 8 bits and fewer to."""
import pathlib

import ml_dtypes
import numpy as np

NAMES = ["float8_e5m2", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz", "float4_e2m1fn",
         "float6_e2m3fn", "float6_e3m2fn", "float8_e8m0fnu"]
TARGET = pathlib.Path(__file__).resolve().parent.parent / "cairn/core/small_float_table.h"


def table(name):
    count = 2 ** int(name[len("float")])
    values = np.arange(count, dtype=np.uint8).view(getattr(ml_dtypes, name)).astype(np.float32)
    values[np.isnan(values)] = np.nan  # NaN is NaN; its bits are compared elsewhere
    words = [f"0x{bits:08x}" for bits in values.view(np.uint32)]
    lines = [", ".join(words[i:i + 8]) for i in range(0, count, 8)]
    camel = "".join(part.capitalize() for part in name.split("_"))
    return f"inline constexpr uint32_t k{camel}[] = {{\n    " + ",\n    ".join(lines) + "};\n"


def main():
    head = f"// Made by tools/make_small_float_table.py with ml_dtypes {ml_dtypes.__version__}: the bits of the float32 value of every code.\n"
    guard = "CAIRN_CORE_SMALL_FLOAT_TABLE_H_"
    body = "\n".join(table(name) for name in NAMES)
    TARGET.write_text(f"{head}#ifndef {guard}\n#define {guard}\n\n#include <cstdint>\n\nnamespace cairn::small_float_table {{\n\n"
                      f"{body}\n}}  // namespace cairn::small_float_table\n\n#endif  // {guard}\n")


if __name__ == "__main__":
    main()
