namespace Snapback.Control.Rollouts;

/// <summary>Who met the canary of one generation, as far as this replica knows.</summary>
/// <param name="Requests">That the canary was asked, those that stable answered in the end included; testers' left out.</param>
/// <param name="Users">Different sticky keys, or client addresses where there is no key; an estimate within about 2%, exact for a few.</param>
/// <param name="Bytes">Of the response bodies that it sent; those of upgraded connections are not counted.</param>
/// <param name="From">The first of them ended.</param>
/// <param name="To">The last of them ended.</param>
public sealed record Exposure(long Requests, long Users, long Bytes, DateTimeOffset From, DateTimeOffset To);
