"""Binary files as a browser reads them."""

import json
import struct

import numpy as np


def unframed(content):
    """Header and arrays, as app/canvas/network.js reads them."""
    (length,) = struct.unpack_from("<I", content)
    header, at, arrays = json.loads(content[4 : 4 + length]), 4 + length + -length % 4, []
    for one in header["arrays"]:
        array = np.frombuffer(content, one["dtype"], int(np.prod(one["shape"])), at)
        arrays.append(array.reshape(one["shape"]))
        at += array.nbytes + -array.nbytes % 4
    return header, arrays
