using McpSecure.Authorization;
using McpSecure.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabase("authorizationdb");
builder.AddRedisChannel();
builder.AddAuditTrail();
builder.AddDecisions();
builder.AddRoles();
builder.AddActorGate();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<AuthorizationGrpcService>();
app.MapGrpcService<RoleGrpcService>();
await app.RunAsync();
