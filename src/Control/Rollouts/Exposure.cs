namespace Snapback.Control.Rollouts;

/// <summary>Who met the canary of one generation.</summary>
/// <param name="Requests">That the canary was asked, those that stable answered in the end included; testers' left out.</param>
/// <param name="Users">Different sticky keys, or client addresses where there is no key; an estimate within about 2%, exact for a
/// few. Who met it on two replicas counts twice.</param>
/// <param name="Bytes">Of the response bodies that it sent, and of what it said over upgraded connections.</param>
/// <param name="From">The first of them ended, on the replica that tells it.</param>
/// <param name="To">The last of them ended there.</param>
/// <param name="Replicas">How many told what they know, that one included.</param>
public sealed record Exposure(long Requests, long Users, long Bytes, DateTimeOffset From, DateTimeOffset To, int Replicas = 1);
