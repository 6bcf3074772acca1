using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Flags;

/// <summary>What a flag says to one user, by Microsoft.FeatureManagement itself: the answer that an application would come to.</summary>
internal sealed class FlagEvaluator : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly IVariantFeatureManager _features;

    public FlagEvaluator(IFeatureDefinitionProvider flags)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(flags);
        services.AddFeatureManagement();
        _services = services.BuildServiceProvider();
        _features = _services.GetRequiredService<IVariantFeatureManager>();
    }

    /// <returns>Null if the answer depends on the user and nobody says who it is.</returns>
    public async ValueTask<FlagAnswer?> EvaluateAsync(FlagState flag, string? user)
    {
        if (!flag.Enabled)
        {
            return new FlagAnswer(false, "DISABLED");
        }

        if (flag.Share == Weight.Full || flag.Share == Weight.Zero)
        {
            return new FlagAnswer(flag.Share == Weight.Full, "STATIC");
        }

        // A context without a name would be a user called "", and all unknown users one bucket.
        return user is null
            ? null
            : new FlagAnswer((await _features.GetVariantAsync(flag.Name, new TargetingContext { UserId = user })).Name == RolloutFlags.On, "SPLIT");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <param name="Reason">A reason of the OpenFeature specification.</param>
internal readonly record struct FlagAnswer(bool Value, string Reason)
{
    public string Variant => Value ? RolloutFlags.On : RolloutFlags.Off;
}
