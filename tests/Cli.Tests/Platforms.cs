using System.Runtime.Versioning;

// File rights are those of Unix.
[assembly: SupportedOSPlatform("linux")]
