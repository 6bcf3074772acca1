using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>All that is true of upstreams and clients by YARP's forwarder is true by the lean one.</summary>
public static class LeanFaultsTests
{
    /// <summary>One of the few that YARP's forwarder takes otherwise, as good.</summary>
    private static readonly Fault Telling = new(
        "101 lines of trailers",
        Play.Fin(Play.Ok("Transfer-Encoding: chunked", $"2\r\nok\r\n0\r\n{string.Concat(Enumerable.Repeat("X-T: t\r\n", 101))}\r\n")),
        "200 ok… / 200 … / 502 / nothing",
        Control.Analysis.Outcome.Failure);

    public sealed class Upstreams(Upstreams.Run run) : IClassFixture<Upstreams.Run>
    {
        [Theory]
        [MemberData(nameof(UpstreamFaultsTests.Names), MemberType = typeof(UpstreamFaultsTests))]
        public void Each_is_counted_once_and_right(string fault) => run.Check(fault);

        [Fact]
        public void It_is_the_lean_forwarder_that_meets_them() => run.Check(Telling.Name);

        public sealed class Run : FaultRun
        {
            internal override IReadOnlyList<Fault> Faults { get; } = [.. UpstreamFaultsTests.Table, Telling];

            internal override ForwardingSettings Forwarding => Forwarders.Lean;
        }
    }

    public sealed class Clients(Clients.Run run) : IClassFixture<Clients.Run>
    {
        [Theory]
        [MemberData(nameof(ClientFaultsTests.Names), MemberType = typeof(ClientFaultsTests))]
        public void None_is_held_against_the_canary(string fault) => run.Check(fault);

        public sealed class Run : FaultRun
        {
            internal override IReadOnlyList<Fault> Faults => ClientFaultsTests.Table;

            internal override ForwardingSettings Forwarding => Forwarders.Lean;
        }
    }

    public sealed class Http2Clients(Http2Clients.Run run) : IClassFixture<Http2Clients.Run>
    {
        [Theory]
        [MemberData(nameof(Http2ClientFaultsTests.Names), MemberType = typeof(Http2ClientFaultsTests))]
        public void None_is_held_against_the_canary(string fault) => run.Check(fault);

        public sealed class Run : FaultRun
        {
            internal override IReadOnlyList<Fault> Faults => Http2ClientFaultsTests.Table;

            internal override (string Key, string? Value)[] Settings => Http2ClientFaultsTests.Listener;

            internal override ForwardingSettings Forwarding => Forwarders.Lean;
        }
    }
}
