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
builder.AddUsage();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<ApiKeyGrpcService>();
app.MapGrpcService<RateLimitGrpcService>();
app.MapGrpcService<UsageGrpcService>();
await app.RunAsync();
