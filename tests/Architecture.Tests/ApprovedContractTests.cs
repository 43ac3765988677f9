namespace McpSecure.Architecture.Tests;

/// <summary>
/// Holds the contract to what was approved: <c>protos/contract.approved.txt</c> has a line for every rpc, field, enum value and
/// rule. Lines are only ever added, so that a caller built against an older contract goes on working; the one change allowed is a
/// rule that grows wider.
/// </summary>
public sealed class ApprovedContractTests
{
    private static readonly string[] Approved = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "contract.approved.txt"));

    private static readonly string[] Actual = [.. ContractLines.All().Order(StringComparer.Ordinal)];

    [Fact]
    public void Contract_NothingApproved_IsGoneOrChanged() =>
        Faults.AssertNone(Approved.Except(Actual, StringComparer.Ordinal));

    /// <summary>Fails with the very lines to add to the file, once it is sure that they are right for good.</summary>
    [Fact]
    public void Contract_WhateverIsNew_IsApproved() =>
        Faults.AssertNone(Actual.Except(Approved, StringComparer.Ordinal));

    [Fact]
    public void ApprovedFile_Lines_AreSortedAndStandOnce() =>
        Assert.Equal(Approved.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), Approved, StringComparer.Ordinal);
}
