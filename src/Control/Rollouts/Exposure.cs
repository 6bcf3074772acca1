namespace Snapback.Control.Rollouts;

/// <summary>Who met the canary of one generation.</summary>
/// <param name="Requests">Requests sent to the canary, also those that stable answered in the end; without testers'.</param>
/// <param name="Users">Different sticky keys, or client addresses where there is no key; an estimate within about 2%, exact for a
/// few. Who met it on two replicas counts twice.</param>
/// <param name="Bytes">Bytes of the canary's response bodies, and of what it sent over upgraded connections; of requests that have ended.</param>
/// <param name="From">When the first of these requests began, on the replica that reports.</param>
/// <param name="To">When one of them last began or ended there.</param>
/// <param name="Replicas">How many replicas the figures cover, the reporting one included.</param>
public sealed record Exposure(long Requests, long Users, long Bytes, DateTimeOffset From, DateTimeOffset To, int Replicas = 1);
