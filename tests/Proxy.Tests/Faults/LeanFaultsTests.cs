using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>All that is true of upstreams and clients by YARP's forwarder is true by the lean one.</summary>
public static class LeanFaultsTests
{
    public sealed class Upstreams(Upstreams.Run run) : IClassFixture<Upstreams.Run>
    {
        [Theory]
        [MemberData(nameof(UpstreamFaultsTests.Names), MemberType = typeof(UpstreamFaultsTests))]
        public void Each_is_counted_once_and_right(string fault) => run.Check(fault);

        public sealed class Run : FaultRun
        {
            internal override IReadOnlyList<Fault> Faults => UpstreamFaultsTests.Table;

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
