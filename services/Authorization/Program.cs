using McpSecure.Authorization;
using McpSecure.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabase("authorizationdb");
builder.AddRedisChannel();
builder.AddAuditTrail();
builder.AddDecisions();
builder.AddChanges();
builder.AddActorGate();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<AuthorizationGrpcService>();
app.MapGrpcService<OrganizationGrpcService>();
app.MapGrpcService<RoleGrpcService>();
app.MapGrpcService<GrantGrpcService>();
app.MapGrpcService<ResourceGrpcService>();
await app.RunAsync();
