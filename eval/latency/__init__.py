"""One bot, one set of actions, two ways to serve them: what `eval.bench_latency` measures with."""
