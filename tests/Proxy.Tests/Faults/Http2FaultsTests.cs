using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// What an HTTP/2 canary does wrong is its failure, once: also where the client library below tries again up to four times, and
/// where it holds nobody to the length of a body.
/// </summary>
public sealed class Http2FaultsTests(Http2FaultsTests.Run run) : IClassFixture<Http2FaultsTests.Run>
{
    private static readonly Fault[] Table = [.. Http2Faults.All];

    public static TheoryData<string> Names { get; } = [.. Table.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_is_counted_once_and_right(string fault) => run.Check(fault);

    public sealed class Run : FaultRun
    {
        internal override IReadOnlyList<Fault> Faults => Table;
    }
}
