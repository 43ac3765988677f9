using System.Runtime.Versioning;

// Processes are found in /proc and file rights are those of Unix.
[assembly: SupportedOSPlatform("linux")]
