using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpSecure.Crypto.Tests;

/// <summary>
/// Speaks the wire protocol of AWS KMS, JSON 1.1, as far as a root key needs it: Encrypt and Decrypt with an encryption context, and errors.
/// </summary>
internal sealed class FakeKms : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly byte[] master = RandomNumberGenerator.GetBytes(32);
    private readonly List<(string Operation, JsonNode Request)> calls = [];

    private FakeKms()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/", AnswerAsync);
    }

    public Uri Address => new(app.Urls.Single());

    /// <summary>Gets the calls so far.</summary>
    public IReadOnlyList<(string Operation, JsonNode Request)> Calls => calls;

    /// <summary>Gets the errors with which the next calls are answered.</summary>
    public Queue<string> Errors { get; } = [];

    /// <summary>Gets or sets the error with which every call is answered; null for none.</summary>
    public string? Error { get; set; }

    public static async Task<FakeKms> StartAsync()
    {
        // Where the SDK looks first for credentials.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        var kms = new FakeKms();
        await kms.app.StartAsync();
        return kms;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> AnswerAsync(HttpRequest http)
    {
        var operation = http.Headers["X-Amz-Target"].ToString();
        var request = (await JsonNode.ParseAsync(http.Body))!;
        calls.Add((operation, request));
        if (http.ContentType != "application/x-amz-json-1.1" || !http.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
        {
            return Fail("MissingAuthenticationTokenException");
        }

        if (Errors.TryDequeue(out var error) || (error = Error) is not null)
        {
            return Fail(error!);
        }

        return operation switch
        {
            "TrentService.Encrypt" => Answer(new { CiphertextBlob = Seal(request), KeyId = (string)request["KeyId"]! }),
            "TrentService.Decrypt" => Open(request) is { } plaintext
                ? Answer(new { Plaintext = plaintext, KeyId = (string)request["KeyId"]! })
                : Fail("InvalidCiphertextException"),
            _ => Fail("UnknownOperationException"),
        };
    }

    private static IResult Fail(string type) => Answer(new { __type = type, message = "As the test has it." }, StatusCodes.Status400BadRequest);

    // Names as they are: Results.Json would write them in lower case.
    private static IResult Answer(object body, int status = StatusCodes.Status200OK) =>
        Results.Text(JsonSerializer.Serialize(body, JsonSerializerOptions.Default), "application/x-amz-json-1.1", statusCode: status);

    // As KMS does: the context must be the same to the letter, in any order.
    private static byte[] AssociatedData(JsonNode request) => Encoding.UTF8.GetBytes(
        request["KeyId"] + JsonSerializer.Serialize(request["EncryptionContext"]!.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));

    private byte[] Seal(JsonNode request)
    {
        using var cipher = new Aes256Gcm(master);
        var plaintext = Convert.FromBase64String((string)request["Plaintext"]!);
        var blob = new byte[plaintext.Length + cipher.OverheadInBytes];
        cipher.Seal(plaintext, AssociatedData(request), blob);
        return blob;
    }

    private byte[]? Open(JsonNode request)
    {
        using var cipher = new Aes256Gcm(master);
        var blob = Convert.FromBase64String((string)request["CiphertextBlob"]!);
        var plaintext = new byte[Math.Max(0, blob.Length - cipher.OverheadInBytes)];
        return blob.Length >= cipher.OverheadInBytes && cipher.TryOpen(blob, AssociatedData(request), plaintext) ? plaintext : null;
    }
}
