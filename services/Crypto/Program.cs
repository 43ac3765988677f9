using McpSecure.Crypto;
using McpSecure.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults(Callers.Policy);
builder.AddDatabaseAccounts();
builder.AddDatabase("cryptodb");
builder.AddRedisChannel();
builder.AddAuditTrail();
builder.AddActorGate();

builder.AddKeyHierarchy();
builder.AddKeyrings();
builder.AddDataOperations();
builder.AddSecrets();
builder.AddCertificates();
builder.AddLeases();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGrpcService<EncryptionGrpcService>();
app.MapGrpcService<FernetGrpcService>();
app.MapGrpcService<DataProtectionGrpcService>();
app.MapGrpcService<SigningGrpcService>();
app.MapGrpcService<KeyGrpcService>();
app.MapGrpcService<SecretGrpcService>();
app.MapGrpcService<CertificateGrpcService>();
app.MapGrpcService<DatabaseGrpcService>();
app.MapGrpcService<LeaseGrpcService>();
app.MapGrpcService<DatabaseAccountGrpcService>();
await app.RunAsync();
