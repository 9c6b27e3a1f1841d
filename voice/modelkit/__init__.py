"""Building our own Vosk model: speech from open voices, training, export, decoding graphs.

`graph.build_graph` also runs on the device (numpy only); everything that trains needs the extra "modelkit".
"""
