using McpSecure.Benchmarks;

// `serve HOST` is how a run starts its servers, `revocation` measures a time; everything else names benchmarks.
return args switch
{
    ["serve", var host] => await Hosts.ServeAsync(host),
    ["revocation"] => await RevocationLatency.MeasureAsync(),
    _ => await Run.BenchmarksAsync(args),
};
