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
builder.AddRateLimits();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<ApiKeyGrpcService>();
app.MapGrpcService<RateLimitGrpcService>();
await app.RunAsync();
