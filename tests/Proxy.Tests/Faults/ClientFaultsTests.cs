using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>What a client does wrong is no arm's failure, whatever the forwarder calls it.</summary>
public sealed class ClientFaultsTests(ClientFaultsTests.Run run) : IClassFixture<ClientFaultsTests.Run>
{
    internal static readonly Fault[] Table = [.. ClientFaults.All, .. DuplexFaults.All, .. ProvokingFaults.All];

    public static TheoryData<string> Names { get; } = [.. Table.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void None_is_held_against_the_canary(string fault) => run.Check(fault);

    public sealed class Run : FaultRun
    {
        internal override IReadOnlyList<Fault> Faults => Table;
    }
}

/// <inheritdoc cref="ClientFaultsTests"/>
public sealed class Http2ClientFaultsTests(Http2ClientFaultsTests.Run run) : IClassFixture<Http2ClientFaultsTests.Run>
{
    internal static readonly Fault[] Table = [.. Http2ClientFaults.All, .. Http2ClientFaults.Duplex];

    internal static readonly (string, string?)[] Listener = [("Kestrel:EndpointDefaults:Protocols", "Http2")];

    public static TheoryData<string> Names { get; } = [.. Table.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void None_is_held_against_the_canary(string fault) => run.Check(fault);

    public sealed class Run : FaultRun
    {
        internal override IReadOnlyList<Fault> Faults => Table;

        internal override (string Key, string? Value)[] Settings => Listener;
    }
}
