using McpSecure.Cli;
using McpSecure.Cli.Input;

return await CommandLine.RunAsync(args, new ConsoleTerminal(), TimeProvider.System);
