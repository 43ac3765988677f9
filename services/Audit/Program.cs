using McpSecure.Audit;
using McpSecure.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabase("auditdb");
builder.AddActorGate();

builder.AddLog();
builder.AddReading();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<AuditGrpcService>();
await app.RunAsync();
