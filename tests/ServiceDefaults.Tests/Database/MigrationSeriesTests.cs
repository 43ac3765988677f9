namespace McpSecure.ServiceDefaults.Tests;

public sealed class MigrationSeriesTests
{
    [Fact]
    public void Of_AnAssembly_FindsWhatLiesInItsFolderSql()
    {
        var series = MigrationSeries.Of(typeof(MigrationSeriesTests).Assembly);

        Assert.Equal("McpSecure.ServiceDefaults.Tests", series.Name);
        Assert.Equal("0001_note", Assert.Single(series.Migrations).ToString());
        Assert.Contains("CREATE TABLE note", series.Migrations[0].Sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnAssemblyWithoutMigrations_IsRefused()
    {
        var error = Assert.Throws<MigrationException>(() => MigrationSeries.Of(typeof(Assert).Assembly));

        Assert.Equal("xunit.assert has no migration: put Sql/0001_name.sql beside its project file.", error.Message);
    }

    [Theory]
    [InlineData(new[] { 2 }, "0002_x stands where number 1 belongs")]
    [InlineData(new[] { 1, 3 }, "0003_x stands where number 2 belongs")]
    [InlineData(new[] { 1, 1 }, "0001_x stands where number 2 belongs")]
    [InlineData(new[] { 0, 1 }, "0000_x stands where number 1 belongs")]
    public void Checked_NumbersWithAGap_AreRefused(int[] numbers, string why)
    {
        var error = Assert.Throws<MigrationException>(() => MigrationSeries.Checked("Test", [.. numbers.Select(number => new Migration(number, "x", ""))]));

        Assert.Equal($"The migrations of Test are not numbered one by one: {why}.", error.Message);
    }
}
