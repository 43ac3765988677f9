using System.Net.Sockets;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class DatabaseErrorsTests
{
    [Theory]
    [InlineData("08006")] // connection failure
    [InlineData("25P03")] // idle in transaction for too long
    [InlineData("28P01")] // wrong password
    [InlineData("25006")] // read-only transaction
    [InlineData("3D000")] // no such database
    [InlineData("40001")] // serialization failure
    [InlineData("40P01")] // deadlock
    [InlineData("53100")] // disk full
    [InlineData("53300")] // too many connections
    [InlineData("55P03")] // lock not available
    [InlineData("57P01")] // admin shutdown
    [InlineData("57P02")] // crash shutdown
    [InlineData("57P03")] // cannot connect now
    [InlineData("58030")] // I/O error
    public void IsDatabaseAway_WhatMayHeal_IsTrue(string sqlState) => Assert.True(Error(sqlState).IsDatabaseAway());

    [Theory]
    [InlineData("23505")] // unique violation
    [InlineData("22001")] // string too long
    [InlineData("42P01")] // no such table
    [InlineData("42501")] // no right
    [InlineData("57014")] // cancelled
    [InlineData("XX001")] // data corrupted
    public void IsDatabaseAway_WhatStaysWrong_IsFalse(string sqlState) => Assert.False(Error(sqlState).IsDatabaseAway());

    [Fact]
    public void IsDatabaseAway_BrokenConnection_IsTrue()
    {
        Assert.True(new NpgsqlException("away", new SocketException()).IsDatabaseAway());
        Assert.True(new NpgsqlException("slow", new TimeoutException()).IsDatabaseAway());
        Assert.False(new NpgsqlException("misused").IsDatabaseAway());
        Assert.False(new InvalidOperationException().IsDatabaseAway());
    }

    [Fact]
    public void IsUniqueViolation_OfAnotherConstraint_IsFalse()
    {
        var error = new PostgresException("", "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation, constraintName: "users_username_key");

        Assert.True(error.IsUniqueViolation("users_username_key"));
        Assert.False(error.IsUniqueViolation("users_pkey"));
    }

    private static PostgresException Error(string sqlState) => new("", "ERROR", "ERROR", sqlState);
}
