"""A pynenc app, watched through its public API: what it holds, its settings, where its store is."""
