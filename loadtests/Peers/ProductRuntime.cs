using System.Diagnostics;

namespace Snapback.LoadTests.Peers;

/// <summary>What <c>src/Proxy/Proxy.csproj</c> tells the runtime, for code of the product that runs in a process of this executable.</summary>
internal static class ProductRuntime
{
    /// <summary>In hexadecimal, as the runtime reads them.</summary>
    public static readonly (string Name, string Value)[] Settings =
    [
        ("DOTNET_TC_CallCountingDelayMs", "1"), ("DOTNET_TC_CallCountThreshold", "3E8"), ("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0"),
    ];

    /// <summary>This process was started with them.</summary>
    public static bool IsHere => Settings.All(setting => Environment.GetEnvironmentVariable(setting.Name) == setting.Value);

    /// <summary>The same command once more, with them.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAgainAsync(string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, args);
        foreach (var (name, value) in Settings)
        {
            start.Environment[name] = value;
        }

        using var again = Process.Start(start)!;
        await again.WaitForExitAsync();
        return again.ExitCode;
    }
}
