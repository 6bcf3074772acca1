using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>What an HTTP/1.1 canary does wrong is its failure, once, whatever the status says, and none of stable's.</summary>
public sealed class UpstreamFaultsTests(UpstreamFaultsTests.Run run) : IClassFixture<UpstreamFaultsTests.Run>
{
    internal static readonly Fault[] Table = [.. HeadFaults.All, .. BodyFaults.All, .. UploadFaults.All];

    public static TheoryData<string> Names { get; } = [.. Table.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_is_counted_once_and_right(string fault) => run.Check(fault);

    public sealed class Run : FaultRun
    {
        internal override IReadOnlyList<Fault> Faults => Table;
    }
}
