using McpSecure.ApiKey;
using McpSecure.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabase("apikeydb");
builder.AddRedisChannel();
builder.AddAuditTrail();
builder.AddActorGate();

builder.AddPepper();
builder.AddApiKeys();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<ApiKeyGrpcService>();
await app.RunAsync();
