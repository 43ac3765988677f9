using McpSecure.Benchmarks;

// `serve HOST` is how a run starts its servers; everything else names benchmarks.
return args is ["serve", var host]
    ? await Hosts.ServeAsync(host)
    : await Run.BenchmarksAsync(args);
