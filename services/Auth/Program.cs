using System.Globalization;
using McpSecure.Auth;
using McpSecure.ServiceDefaults;

// ICU is there for normalisation alone: nothing that we write depends on the machine's language.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabase("authdb");
builder.AddRedisChannel();
builder.AddAuditTrail();

builder.AddPeers();
builder.AddTokens();
builder.AddActorGate();
builder.AddUsers();
builder.AddSignIn();
builder.AddTotp();
builder.AddBootstrap();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<AuthGrpcService>();
app.MapGrpcService<UserGrpcService>();
app.MapGrpcService<MfaGrpcService>();
await app.RunAsync();
